import { UserError } from "../core/error.ts";

/** So many calls work at once; the others wait for their turn, but no longer than a client waits for an answer. */
export class Queue {
  readonly #atOnce: number;
  readonly #mostWaitMs: number;
  readonly #waiting: (() => void)[] = [];
  #working = 0;

  constructor(atOnce: number, mostWaitMs: number) {
    this.#atOnce = atOnce;
    this.#mostWaitMs = mostWaitMs;
  }

  /** Throws `UserError` where its turn does not come in time. Nothing was done then. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#atOnce) await this.#turn();
    this.#working++;
    try {
      return await work();
    } finally {
      this.#working--;
      this.#waiting.shift()?.();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        const hint = "nothing was done: ask again, with fewer calls at once";
        reject(new UserError("too many calls at once", { hint }));
      }, this.#mostWaitMs);
      this.#waiting.push(take);
    });
  }
}
