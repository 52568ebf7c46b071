/** Several experiments at once: choosing is one at a time, and a worker without an idea waits for what others find. */
export class Workers {
  #lastChoice: Promise<unknown> = Promise.resolve();
  readonly #running = new Set<Promise<unknown>>();

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
