import { z } from "zod";
import { LOCAL_MACHINE, lentNames } from "../../core/tree/machine.ts";
import { cpuset, cpusetOrSlots } from "./cpuset-field.ts";
import { count, text } from "./field.ts";
import { type SlurmMachines, slurmSchema } from "./slurm.ts";

/** A container engine that experiments run on. */
export interface EngineMachine {
  readonly kind: "engine";
  /** What nodes, events and people call it. */
  readonly name: string;
  /** `local`, or the engine's address. */
  readonly url: string;
  /** The folder of `ca.pem`, `cert.pem` and `key.pem`; `null` for Docker's own rules. */
  readonly certificates: string | null;
  readonly agentCpus: string | null;
  /** Each entry of a list is one slot for measuring. */
  readonly measureCpus: string | readonly string[] | null;
  /** How many experiments it has at once where it has the choice. */
  readonly parallel: number;
}

/** An entry of `machines`: one engine, or as many as a scheduler lends. */
export type MachineEntry = EngineMachine | SlurmMachines;

const NAME = /^[a-z0-9][\w.-]{0,62}$/i;
const ADDRESS = /^(?:ssh|tcp|https?):\/\/[^\s/]+|^unix:\/\/\/\S+$/;
/** While one experiment of a slot is measured, the next one is thought of. */
export const EXPERIMENTS_PER_SLOT = 2;

const AN_ADDRESS = {
  error: "must be local, or an engine's address: ssh://user@host, tcp://host:2376, unix:///path",
};

const address = () =>
  z.string(AN_ADDRESS).refine((url) => url === LOCAL_MACHINE || ADDRESS.test(url), AN_ADDRESS);

const engineSchema = z
  .strictObject({
    kind: z.literal("engine").default("engine").describe("may be left out"),
    url: address().describe("`local`, or the engine's address"),
    name: z
      .string()
      .regex(NAME, { error: "must be letters, digits and - _ . such as big-box" })
      .optional()
      .describe("what it is called; when left out the host's name"),
    certificates: text()
      .optional()
      .describe("the folder of `ca.pem`, `cert.pem` and `key.pem`; relative to loopty.yaml"),
    agent_cpus: cpuset().optional().describe("as `sandbox.agent_cpus`, on this machine"),
    measure_cpus: cpusetOrSlots().optional().describe("as `sandbox.measure_cpus`, on this machine"),
    parallel: count({ max: 64 })
      .optional()
      .describe("experiments at once; when left out two for each slot"),
  })
  .describe("a container engine that is there")
  .transform(({ url, name, certificates, agent_cpus, measure_cpus, parallel }): EngineMachine => {
    const slots = Array.isArray(measure_cpus) ? measure_cpus.length : 1;
    return {
      kind: "engine",
      name: name ?? nameOf(url),
      url,
      certificates: certificates ?? null,
      agentCpus: agent_cpus ?? null,
      measureCpus: measure_cpus ?? null,
      parallel: parallel ?? EXPERIMENTS_PER_SLOT * slots,
    };
  });

/** An address alone is an engine, and what is lent says by its key who lends it. */
function withKind(written: unknown): unknown {
  if (typeof written === "string") return { kind: "engine", url: written };
  const mapping = z.looseObject({}).safeParse(written);
  if (!mapping.success) return written;
  return { kind: Object.hasOwn(mapping.data, "slurm") ? "slurm" : "engine", ...mapping.data };
}

function namesOf(machine: MachineEntry): readonly string[] {
  return machine.kind === "engine" ? [machine.name] : lentNames(machine.name, machine.maxNodes);
}

/** The machines of a run: the first one makes the base. */
export const machinesSchema = z
  .array(
    z
      .preprocess(withKind, z.discriminatedUnion("kind", [engineSchema, slurmSchema]))
      .describe("an address alone, or a mapping"),
  )
  .min(1, { error: "must name at least one machine; `local` is the engine here" })
  .superRefine((machines, context) => {
    if (machines[0]?.kind === "slurm") {
      const message =
        "makes the base: name an engine first, such as local, and then who lends more";
      context.addIssue({ code: "custom", path: [0], message });
    }
    const taken = new Set<string>();
    for (const [index, machine] of machines.entries()) {
      const names = namesOf(machine);
      const second = names.find((name) => taken.has(name));
      for (const name of names) taken.add(name);
      if (second === undefined) continue;
      const message = `is a second machine called ${second}; give it a name`;
      context.addIssue({ code: "custom", path: [index], message });
    }
  });

function nameOf(url: string): string {
  if (url === LOCAL_MACHINE) return LOCAL_MACHINE;
  const name = url.startsWith("unix:") ? url.split("/").at(-1) : new URL(url).hostname;
  return (name ?? "").replaceAll(/[^\w.-]/g, "-").replace(/^[^a-z0-9]+/i, "") || "machine";
}
