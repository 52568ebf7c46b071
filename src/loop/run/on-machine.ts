import type { Wish } from "./labs.ts";
import type { AgentlessRun } from "./run.ts";

/** What fails so often on one machine after another is no machine's fault. */
const MOST_MACHINES = 3;

/**
 * Does work on one of the run's machines, and again on another where that one fails. `work` gets the run there, and how many machines have
 * failed it. With a single machine its failure is thrown at once.
 */
export async function onMachine<R extends AgentlessRun, T>(
  run: R,
  wish: Wish,
  signal: AbortSignal,
  work: (here: R, signal: AbortSignal, failures: number) => Promise<T>,
): Promise<T> {
  if (!run.labs.isPool) return work(run, signal, 0);
  for (let failures = 0; ; failures++) {
    using place = await run.labs.place(wish, signal);
    const here = { ...run, lab: place.lab };
    try {
      const done = await place.during(signal, (within) => work(here, within, failures));
      if (failures === 0) place.hasWorked();
      return done;
    } catch (error) {
      const isLast = failures + 1 >= MOST_MACHINES || signal.aborted;
      if (isLast || !(await place.hasFailed(error))) throw error;
    }
  }
}
