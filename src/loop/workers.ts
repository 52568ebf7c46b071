/** Several experiments at once: choosing is one at a time, and a worker without an idea waits for what others find. */
export class Workers {
  #lastChoice: Promise<unknown> = Promise.resolve();
  readonly #running = new Set<Promise<unknown>>();

  /**
   * Runs `work` so many times at once and gives the first answer once all have ended. A worker that throws stops the others, and
   * its error is thrown after they have cleaned up.
   */
  async untilOneEnds<T>(
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

  /** Runs choices one after another: two workers must not take the same id. */
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
    }
  }

  /** Waits until one of the running experiments ends; `false` at once when none is running. */
  async anotherEnds(): Promise<boolean> {
    if (this.#running.size === 0) return false;
    await Promise.race(this.#running).catch(() => undefined);
    return true;
  }
}
