import { z } from "zod";
import { count, size, text, timeout } from "./field.ts";

/** Machines that Slurm gives: each is a job with a node, or a part of one. */
export interface SlurmMachines {
  readonly kind: "slurm";
  /** The n-th of them is called `<name>-<n>`. */
  readonly name: string;
  /** `null` for the cluster's default. */
  readonly partition: string | null;
  /** What `sbatch --constraint` takes; `null` for any node. */
  readonly constraint: string | null;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** After that long Slurm takes the node back. */
  readonly timeMs: number;
  readonly gpus: number;
  /** So long one is kept with nothing to do. */
  readonly idleMs: number;
  /** How many of them there are at most, at once. */
  readonly maxNodes: number;
  readonly engine: "podman" | "docker";
}

/** Slurm may tell a job 90 s before the end of its time. */
const SHORTEST_MS = 5 * 60_000;

const NAME = /^[a-z0-9][\w.-]{0,58}$/i;

const requestSchema = z.strictObject({
  partition: text().optional().describe("as `sbatch --partition`; the cluster's own when left out"),
  constraint: text()
    .optional()
    .describe("as `sbatch --constraint`: machines of one kind are compared most easily"),
  cpus: count({ max: 4096 })
    .prefault(2)
    .describe("cpus of each: one is measured on, the others are for agents and builds"),
  memory: size()
    .prefault("4g")
    .describe("memory of each: room for the containers of two experiments"),
  time: timeout()
    .refine((timeMs) => timeMs >= SHORTEST_MS, { error: "must be at least 5m" })
    .prefault("1h")
    .describe("how long each is kept at most; a new one replaces it"),
  gpus: count({ min: 0, max: 64 }).prefault(0).describe("GPUs of each, as `sbatch --gres=gpu:N`"),
  idle: timeout()
    .prefault("10m")
    .describe("how long each is kept with nothing to do; another is asked for when there is work"),
  max_nodes: count({ max: 1000 }).prefault(1).describe("how many there are at most, at once"),
  engine: z
    .enum(["podman", "docker"])
    .default("podman")
    .describe("what runs on the node: rootless `podman` of the job's own, or the node's `docker`"),
});

/** `{ slurm: {…} }` as an entry of `machines`. */
export const slurmSchema = z
  .strictObject({
    kind: z.literal("slurm").default("slurm").describe("may be left out"),
    slurm: requestSchema.describe("what to ask Slurm for"),
    name: z
      .string()
      .regex(NAME, { error: "must be letters, digits and - _ . such as cluster" })
      .default("slurm")
      .describe("what its machines are called, with a number: `slurm-1`"),
  })
  .describe(
    "nodes of a cluster, each lent as a job with a container engine; never the first machine",
  )
  .transform(
    ({ slurm, name }): SlurmMachines => ({
      kind: "slurm",
      name,
      partition: slurm.partition ?? null,
      constraint: slurm.constraint ?? null,
      cpus: slurm.cpus,
      memoryBytes: slurm.memory,
      timeMs: slurm.time,
      gpus: slurm.gpus,
      maxNodes: slurm.max_nodes,
      idleMs: slurm.idle,
      engine: slurm.engine,
    }),
  );
