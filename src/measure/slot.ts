/** One thing at a time, in the order asked for: two benchmarks at once would measure each other. */
export class MeasuringSlot {
  #last: Promise<unknown> = Promise.resolve();

  exclusive<T>(use: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(use);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
