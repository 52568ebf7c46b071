import { performance } from "node:perf_hooks";
import { followContainers } from "../engine/container-event.ts";
import type { Engine } from "../engine/engine.ts";

/** Time that advances whatever is paused. */
export interface PausableClock {
  nowMs(): number;
  /** Calls back later. Returns how to call it off. */
  later(delayMs: number, callback: () => void): () => void;
}

/** How long a container has been running, without the time it was paused. Another's measuring must not use up its limits. */
export class RunningTime {
  readonly #clock: PausableClock;
  #pausedMs = 0;
  #pausedAtMs: number | null = null;
  /** Limits that would be over without the pause. */
  readonly #held = new Set<() => void>();

  constructor(clock: PausableClock) {
    this.#clock = clock;
  }

  pause(): void {
    this.#pausedAtMs ??= this.#clock.nowMs();
  }

  unpause(): void {
    if (this.#pausedAtMs === null) return;
    this.#pausedMs += this.#clock.nowMs() - this.#pausedAtMs;
    this.#pausedAtMs = null;
    const held = [...this.#held];
    this.#held.clear();
    for (const goOn of held) goOn();
  }

  /** Calls back once after so much more running time. Returns how to call it off. */
  after(limitMs: number, onOver: () => void): () => void {
    const endMs = this.#runMs() + limitMs;
    let stopTimer = () => {};
    const wait = () => {
      stopTimer = this.#clock.later(Math.max(0, endMs - this.#runMs()), look);
    };
    const look = () => {
      if (this.#pausedAtMs !== null) this.#held.add(wait);
      else if (this.#runMs() >= endMs) onOver();
      else wait();
    };
    wait();
    return () => {
      this.#held.delete(wait);
      stopTimer();
    };
  }

  #runMs(): number {
    return (this.#pausedAtMs ?? this.#clock.nowMs()) - this.#pausedMs;
  }
}

export interface WatchedTime extends Disposable {
  readonly time: RunningTime;
}

/** The running time of a container that is not started yet, until disposed. */
export async function watchRunningTime(
  engine: Pick<Engine, "docker">,
  containerId: string,
): Promise<WatchedTime> {
  const time = new RunningTime(HOST_CLOCK);
  const events = await followContainers(
    engine,
    { container: [containerId], event: ["pause", "unpause"] },
    ({ action }) => (action === "pause" ? time.pause() : time.unpause()),
    // Without events of pauses it counts by the wall clock.
    () => time.unpause(),
  );
  return { time, [Symbol.dispose]: () => events[Symbol.dispose]() };
}

const HOST_CLOCK: PausableClock = {
  nowMs: () => performance.now(),
  later: (delayMs, callback) => {
    // A container on a machine that was lost is waited for in vain: its limit keeps no process alive.
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
