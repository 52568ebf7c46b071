import type { Clock } from "../../core/clock.ts";
import { type MeasuringQueue, MeasuringSlots } from "../../measure/slot.ts";
import type { Machine } from "../../sandbox/machine.ts";

const LOOK_MS = 5000;

/** The slots of a run. Whoever works on their cpus is paused while it measures. */
export function slotsOf(
  machine: Machine,
  queue: MeasuringQueue,
  cpus: string | readonly string[],
  gpus: readonly string[] = [],
): MeasuringSlots {
  const isOurs = (owner: string) => queue.includes(owner);
  return new MeasuringSlots(
    queue,
    (turn, signal) => {
      const request = { isOurs, quietCpus: () => queue.quietCpus(turn) };
      return machine.pauseOthers(request, turn.ticket.slot.cpus, signal);
    },
    cpus,
    gpus,
  );
}

export interface PauseWatch {
  readonly machine: Machine;
  readonly queue: MeasuringQueue;
  /** This process as an owner of containers. */
  readonly owner: string;
  readonly clock: Pick<Clock, "ticks">;
}

/**
 * Until disposed, resumes containers that a harness had paused when it was killed: our own, which would wait for ever,
 * and those whose owner was killed too, which shall reach their deadline. Other living processes look after theirs.
 */
export function watchAbandonedPauses(
  { machine, queue, owner, clock }: PauseWatch,
  lookMs = LOOK_MS,
): AsyncDisposable {
  const isOurs = (each: string) => each === owner || queue.hasLost(each);
  const request = { isOurs, quietCpus: () => queue.quietCpus() };
  const stop = new AbortController();
  const watch = async () => {
    // An engine that fails now also fails whoever needs it.
    const look = () => machine.unpauseAbandoned(request).catch(() => {});
    await look();
    for await (const _ of clock.ticks(lookMs, stop.signal)) await look();
  };
  const watching = watch();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
}
