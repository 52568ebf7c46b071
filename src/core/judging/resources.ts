import { z } from "zod";

const figure = z.number().nonnegative().nullable();

/**
 * What a run used and what disturbed it, as the kernel counted it outside the container. `null` where that cannot be
 * known: the engine is on another machine or in a virtual one, or the kernel does not count it. It is never an
 * estimate.
 */
export const resourcesSchema = z.strictObject({
  /** CPU time of all processes of the container, about 20 ms of its start included. */
  cpuMs: figure,
  /** Time for which the run was kept off the CPUs by a quota above the container, which itself has none. */
  throttledMs: figure,
  /** How many of the quota's periods ended that way. */
  throttledPeriods: figure,
  /** Time that the hypervisor gave to others while the run's CPUs wanted to work (`steal` in proc_stat(5)), in steps of 10 ms. */
  stealMs: figure,
  /** Time in which at least one task of the container waited for a CPU (PSI `some`); a run's own threads may wait for each other. */
  pressureMs: figure,
  /** Peak memory, with page cache and tmpfs, which count towards the memory limit as well. */
  peakMemoryBytes: figure,
});
export type Resources = z.infer<typeof resourcesSchema>;

export const UNKNOWN_RESOURCES: Resources = {
  cpuMs: null,
  throttledMs: null,
  throttledPeriods: null,
  stealMs: null,
  pressureMs: null,
  peakMemoryBytes: null,
};
