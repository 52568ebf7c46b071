/** How a process that was killed came to its end. */
export class Killed extends Error {}

export interface Mortality {
  /** Whether a call goes on to its end when the process dies in the middle of it, as writing to a disk does. */
  readonly goesOn: boolean;
  /** Makes what a call gives mortal, too. */
  readonly inner?: (value: unknown) => unknown;
}

/**
 * A process that may be killed at any of its steps. A step is a call into the world outside of it (store, repositories, machine, agent):
 * the process may die before the call or after it, and never hears of its own death: nothing that it waits for comes any more.
 */
export class Life {
  readonly #at: number;
  readonly #end: "dies" | (() => void);
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #death: Promise<never>;
  #steps = 0;
  #die: () => void = () => {};
  #isDead = false;

  /**
   * @param at the number of a step, counted from 1; infinite where nothing happens
   * @param end what happens then; a process that does not die goes on afterwards
   */
  constructor(at: number, end: "dies" | (() => void) = "dies") {
    this.#at = at;
    this.#end = end;
    this.#death = new Promise((_, reject) => {
      this.#die = () => reject(new Killed(`killed at step ${this.#steps}`));
    });
    this.#death.catch(() => {});
  }

  get steps(): number {
    return this.#steps;
  }

  /** What a process does, until it dies: then this rejects with `Killed`, once what goes on outside has come to rest. */
  async during<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {});
    try {
      return await Promise.race([work, this.#death]);
    } catch (error) {
      if (error instanceof Killed) await Promise.allSettled(this.#underWay);
      throw error;
    }
  }

  /** The same object for this process alone. */
  mortal<T extends object>(target: T, mortality: Mortality): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        const isSlow = value.constructor.name === "AsyncFunction";
        return (...args: readonly unknown[]) => {
          if (this.#isDead) return new Promise(() => {});
          const call = (): unknown => Reflect.apply(value, target, args);
          if (isSlow) return this.#step().then(() => this.#result(call(), mortality));
          const result = call();
          return result instanceof Promise ? this.#result(result, mortality) : result;
        };
      },
    });
  }

  async #result(call: unknown, { goesOn, inner }: Mortality): Promise<unknown> {
    const result = Promise.resolve(call);
    if (goesOn) this.#underWay.add(result);
    try {
      const value = inner === undefined ? await result : inner(await result);
      await this.#step();
      return value;
    } finally {
      this.#underWay.delete(result);
    }
  }

  async #step(): Promise<void> {
    this.#steps++;
    if (this.#steps === this.#at) {
      if (this.#end !== "dies") this.#end();
      else {
        this.#isDead = true;
        this.#die();
      }
    }
    if (this.#isDead) await new Promise(() => {});
  }
}
