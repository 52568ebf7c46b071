import { UserError } from "../error.ts";
import { type Metric, readHeader } from "./metric.ts";

/** What loopty itself counts of a whole run of the benchmark, outside of its container. */
export interface OutsideCount {
  readonly wallMs: number;
  /** `null` where the machine does not count it. */
  readonly cpuMs: number | null;
}

/** Of a run that has not ended. `NaN` goes through every calculation, and is never taken for a value. */
export const NOT_COUNTED_YET: OutsideCount = { wallMs: Number.NaN, cpuMs: Number.NaN };

const COUNTS = {
  wall_ms: ({ wallMs }: OutsideCount) => wallMs,
  cpu_ms: ({ cpuMs }: OutsideCount) => {
    if (cpuMs !== null) return cpuMs;
    throw new UserError("metrics: cpu_ms is not counted on this machine", {
      hint: "it needs loopty on the engine's own machine; wall_ms is known everywhere",
    });
  },
};

/**
 * A metric of the whole run by loopty's own count, its start and end included: milliseconds by the engine's clock, and
 * of all its processes on the cpus. There is one value a run, and nothing in the container can write it.
 */
export type OutsideName = keyof typeof COUNTS;
export const OUTSIDE_NAMES: readonly OutsideName[] = ["wall_ms", "cpu_ms"];

export function outsideMetric(name: OutsideName): Metric {
  return readHeader(`${name} (lower is better)`);
}

/** Throws `UserError` for a count that the machine does not have. */
export function outsideValue(name: OutsideName, count: OutsideCount): number {
  return COUNTS[name](count);
}
