import type { EngineMachine } from "./schema/machines.ts";
import type { Config } from "./schema/schema.ts";

/** How many experiments are at work at once: `search.parallel`, or as many as the machines take together. */
export function workersOf({ search, machines }: Pick<Config, "search" | "machines">): number {
  if (search.parallel !== "auto") return search.parallel;
  return machines.reduce((sum, { parallel }) => sum + parallel, 0);
}

/** The machine that makes the base and measures the baseline. */
export function homeMachine({ machines }: Pick<Config, "machines">): EngineMachine {
  const [home] = machines;
  if (home === undefined) throw new Error("a config names at least one machine");
  return home;
}
