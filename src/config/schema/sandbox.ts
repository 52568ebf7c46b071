import { z } from "zod";
import { cpuset, cpusetOrSlots } from "./cpuset-field.ts";
import { count, size, text } from "./field.ts";

/** What the base image starts from: the Dockerfile that comes with loopty, the user's, or an image. */
export type BaseSource =
  | { readonly kind: "packaged" }
  | { readonly kind: "dockerfile"; readonly path: string }
  | { readonly kind: "image"; readonly ref: string };

const MIB = 1024 ** 2;
const IMAGE = /^[a-z0-9][\w.\-/:@]*$/i;
const GPU = /^(?:\d{1,3}(?::\d{1,3})?|(?:GPU|MIG)-[\w-]+|[\w.-]+\/[\w.-]+=[\w.:-]+)$/;
const A_GPU = {
  error:
    "must be a list of GPUs: numbers, UUIDs such as GPU-… or MIG-…, or CDI names such as nvidia.com/gpu=0",
};

const gpus = () =>
  z
    .array(z.union([z.string(), z.int().nonnegative()]).transform(String), A_GPU)
    .refine((list) => list.every((gpu) => GPU.test(gpu)), A_GPU)
    .refine((list) => new Set(list).size === list.length, { error: "names a GPU twice" })
    .default([])
    .meta({ quantity: "list of GPUs" });

export const sandboxSchema = z
  .strictObject({
    dockerfile: text()
      .optional()
      .describe(
        "builds the base image; relative to loopty.yaml. Without it and `image`: the Debian image with C, C++, Python and Node that comes with loopty",
      ),
    image: z
      .string()
      .regex(IMAGE, { error: "must be an image reference such as debian:12 or name@sha256:..." })
      .optional()
      .describe("an existing image as the base, instead of `dockerfile`"),
    setup: text()
      .optional()
      .describe(
        "run once as root, with network, before any agent code exists (installs dependencies)",
      ),
    ca: text()
      .optional()
      .describe(
        "a file of certificates (PEM), relative to loopty.yaml, that `setup` and image builds trust beside the public ones; never in an agent's or a measured container",
      ),
    network: z
      .enum(["none", "open"])
      .default("none")
      .describe("network of the containers that may run agent code; `open` is shown as a warning"),
    memory: size({ min: 6 * MIB, what: "a size of at least 6m such as 512m or 2g" })
      .prefault("2g")
      .describe("memory of one container, swap included"),
    pids: count().prefault(512).describe("processes and threads of one container"),
    disk: size().prefault("2g").describe("what one container may write, and its largest file"),
    shm: size().prefault("64m").describe("the size of /dev/shm, which counts as memory too"),
    tmp: size()
      .optional()
      .describe(
        "the size of /tmp and of /var/tmp, which are in memory; when left out 512m, or half of the memory where that is less",
      ),
    files: count({ max: 2 ** 20 })
      .prefault(4096)
      .describe("open files of one process"),
    agent_cpus: cpuset()
      .optional()
      .describe("CPUs of agents, builds and verify; when left out all that do not measure"),
    measure_cpus: cpusetOrSlots()
      .optional()
      .describe(
        "CPUs of the benchmark; when left out the last one. A list is one slot each: then several measure on this machine at once",
      ),
    gpus: gpus().describe(
      "GPUs that builds, verify and the benchmark get, one at a time, and nobody else meanwhile: numbers, UUIDs, or names of the Container Device Interface; each is a slot of its own, so `measure_cpus` is a list of as many",
    ),
    agent_gpus: gpus().describe("GPUs of agents, none of which is measured on"),
    runtime: text()
      .optional()
      .describe("the engine's OCI runtime, such as runc or runsc; default the engine's"),
  })
  .refine(({ dockerfile, image }) => dockerfile === undefined || image === undefined, {
    error: "has both dockerfile and image; keep one",
  })
  .refine(
    ({ gpus, measure_cpus: cpus }) => gpus.length === 0 || gpus.length === [cpus].flat().length,
    {
      path: ["gpus"],
      error: "must be as many as the slots that measure: measure_cpus is a list of as many cpusets",
    },
  )
  .refine(({ gpus, agent_gpus: agents }) => !agents.some((gpu) => gpus.includes(gpu)), {
    path: ["agent_gpus"],
    error: "has a GPU of `gpus`: an agent's work on it would be measured",
  })
  .transform((sandbox) => ({
    base: baseSource(sandbox.dockerfile, sandbox.image),
    setup: sandbox.setup ?? null,
    ca: sandbox.ca ?? null,
    network: sandbox.network,
    memoryBytes: sandbox.memory,
    pids: sandbox.pids,
    diskBytes: sandbox.disk,
    shmBytes: sandbox.shm,
    tmpBytes: sandbox.tmp ?? Math.min(512 * MIB, Math.floor(sandbox.memory / 2)),
    files: sandbox.files,
    agentCpus: sandbox.agent_cpus ?? null,
    measureCpus: sandbox.measure_cpus ?? null,
    gpus: sandbox.gpus,
    agentGpus: sandbox.agent_gpus,
    runtime: sandbox.runtime ?? null,
  }));

function baseSource(dockerfile: string | undefined, image: string | undefined): BaseSource {
  if (dockerfile !== undefined) return { kind: "dockerfile", path: dockerfile };
  if (image !== undefined) return { kind: "image", ref: image };
  return { kind: "packaged" };
}
