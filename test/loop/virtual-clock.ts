interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/**
 * Time that passes only while everybody waits for it: what else workers do, such as writing to the disk, takes none. Each
 * worker is at work from the beginning on and says when it leaves.
 */
export class VirtualClock {
  #nowMs = Date.UTC(2026, 0, 1);
  #atWork: number;
  readonly #sleepers: Sleeper[] = [];
  #slotTaken = false;
  readonly #slotQueue: (() => void)[] = [];

  constructor(workers: number) {
    this.#atWork = workers;
  }

  readonly now = (): Date => new Date(this.#nowMs);

  sleep(durationMs: number): Promise<void> {
    return this.#rest((wake) => this.#sleepers.push({ atMs: this.#nowMs + durationMs, wake }));
  }

  /** For so long alone with the one measuring slot, in the order asked for. */
  async measure(durationMs: number): Promise<void> {
    if (this.#slotTaken) await this.#rest((wake) => this.#slotQueue.push(wake));
    this.#slotTaken = true;
    await this.sleep(durationMs);
    const next = this.#slotQueue.shift();
    if (next === undefined) this.#slotTaken = false;
    else next();
  }

  /** A worker that does not come back. */
  leave(): void {
    this.#atWork--;
    this.#pass();
  }

  async #rest(register: (wake: () => void) => void): Promise<void> {
    const rested = new Promise<void>((resolve) => {
      register(() => {
        this.#atWork++;
        resolve();
      });
    });
    this.#atWork--;
    this.#pass();
    await rested;
  }

  #pass(): void {
    if (this.#atWork > 0) return;
    const next = this.#sleepers.sort((a, b) => a.atMs - b.atMs).shift();
    if (next === undefined) return;
    this.#nowMs = next.atMs;
    next.wake();
  }
}
