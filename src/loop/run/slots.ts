import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, MeasuringSlots } from "../../measure/slot.ts";
import { pauseOthers, unpauseAbandoned } from "../../sandbox/container/pause.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import type { Scope } from "../../sandbox/scope.ts";

const LOOK_MS = 5000;

/** The slots of a run: whoever works on their cpus is paused while it measures. */
export function slotsOf(
  { engine, cpus }: Scope,
  bench: Bench,
  wanted: string | readonly string[] | null,
): MeasuringSlots {
  const isOurs = (owner: string) => bench.includes(owner);
  return new MeasuringSlots(
    bench,
    (turn, signal) => {
      const request = { engine, isOurs, quietCpus: () => bench.quietCpus(turn) };
      return pauseOthers(request, turn.ticket.slot.cpus, signal);
    },
    wanted ?? cpus.measure,
  );
}

export interface PauseWatch {
  readonly engine: Engine;
  readonly bench: Bench;
  /** This process as an owner of containers. */
  readonly owner: string;
}

/**
 * Until disposed, lets containers go on that were paused by a harness that was killed then: our own, which would wait for ever, and
 * those whose owner was killed too, which shall reach their deadline. Other living processes look after theirs.
 */
export function watchAbandonedPauses(
  { engine, bench, owner }: PauseWatch,
  lookMs = LOOK_MS,
): AsyncDisposable {
  const isOurs = (each: string) => each === owner || bench.hasLost(each);
  const request = { engine, isOurs, quietCpus: () => bench.quietCpus() };
  const stop = new AbortController();
  const watch = async () => {
    while (!stop.signal.aborted) {
      // An engine that fails now fails whoever needs it.
      await unpauseAbandoned(request).catch(() => {});
      await sleep(lookMs, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  };
  const watching = watch();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
}
