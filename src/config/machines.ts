import { UserError } from "../core/error.ts";
import {
  type EngineMachine,
  EXPERIMENTS_PER_SLOT,
  type MachineEntry,
  machinesSchema,
} from "./schema/machines.ts";
import type { Config } from "./schema/schema.ts";

/** How many experiments are at work at once: `search.parallel`, or as many as the machines take together. */
export function workersOf({ search, machines }: Pick<Config, "search" | "machines">): number {
  if (search.parallel !== "auto") return search.parallel;
  return machines.reduce((sum, machine) => sum + experimentsOn(machine), 0);
}

function experimentsOn(machine: MachineEntry): number {
  return machine.kind === "engine" ? machine.parallel : EXPERIMENTS_PER_SLOT * machine.maxNodes;
}

/** The machine that makes the base and measures the baseline. */
export function homeMachine({ machines }: Pick<Config, "machines">): EngineMachine {
  const [home] = machines;
  if (home?.kind !== "engine") throw new Error("the first machine of a config is an engine");
  return home;
}

/** Machines by their addresses alone, split by commas. Throws `UserError` for what loopty.yaml would not take either. */
export function parseMachines(text: string): readonly MachineEntry[] {
  const parsed = machinesSchema.safeParse(text.split(",").map((address) => address.trim()));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const index = path.find((key) => typeof key === "number");
    return index === undefined ? message : `machine ${index + 1} ${message}`;
  });
  throw new UserError(`--machines ${JSON.stringify(text)}: ${problems.join("; ")}`, {
    hint: "docs/config.md describes `machines`; what has more than an address stands in loopty.yaml",
  });
}
