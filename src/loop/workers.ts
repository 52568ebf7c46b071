import type { Clock } from "../core/clock.ts";

/** Several experiments at once. Choosing is one at a time, and a worker without an idea waits for what others find. */
export class Workers {
  readonly #clock: Pick<Clock, "sleep">;
  #lastChoice: Promise<unknown> = Promise.resolve();
  readonly #running = new Set<Promise<unknown>>();
  #ended = 0;

  constructor(clock: Pick<Clock, "sleep">) {
    this.#clock = clock;
  }

  /**
   * Runs `work` this many times at once, and returns the first answer once all have ended. A worker that throws stops
   * the others, and its error is thrown after they have cleaned up.
   */
  async untilAllEnd<T>(
    count: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const errors: unknown[] = [];
    const answers: T[] = [];
    const one = async () => {
      try {
        answers.push(await work(both));
      } catch (error) {
        errors.push(error);
        failed.abort(error);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
    if (errors.length > 0) throw errors[0];
    const [first] = answers;
    if (first === undefined) throw new RangeError(`${count} workers cannot work`);
    return first;
  }

  /** Runs choices one after another, because two workers must not take the same id. */
  choose<T>(choice: () => Promise<T>): Promise<T> {
    const turn = this.#lastChoice.then(choice);
    this.#lastChoice = turn.catch(() => undefined);
    return turn;
  }

  async busyWith<T>(experiment: Promise<T>): Promise<T> {
    this.#running.add(experiment);
    try {
      return await experiment;
    } finally {
      this.#running.delete(experiment);
      this.#ended++;
    }
  }

  /** How many experiments ended so far. */
  get ended(): number {
    return this.#ended;
  }

  /**
   * Waits until there is reason to choose again: an experiment ended since there were `ended`, `change` resolved, or
   * `forMs` went by. Returns `false` at once when no experiment is running and `forMs` is `null`, as nothing can come
   * any more.
   */
  async news(
    ended: number,
    change: (signal: AbortSignal) => Promise<unknown>,
    forMs: number | null,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#ended !== ended) return true;
    if (this.#running.size === 0 && forMs === null) return false;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const waits = [...this.#running, change(either)];
    if (forMs !== null) waits.push(this.#clock.sleep(forMs, either));
    // A worker throws its own failure.
    await Promise.race(waits).catch(() => undefined);
    over.abort();
    return true;
  }
}
