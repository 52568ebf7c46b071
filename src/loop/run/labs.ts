import { EventEmitter, once } from "node:events";
import type { Clock } from "../../core/clock.ts";
import { EngineError, messageOf } from "../../core/error.ts";
import type { Lab, LabSource, OpenLab } from "./lab.ts";
import type { Place } from "./place.ts";
import { PooledMachine } from "./pooled-machine.ts";
import type { Upkeep } from "./upkeep.ts";

/** A run that waits for any machine for so long has none. */
const NONE_FOR_MS = 10 * 60_000;

/** Where work should happen: `on` a machine wherever it is there, or `near` what it has already. */
export interface Wish {
  readonly kind: "on" | "near";
  readonly machine: string;
}

/** The labs of a run, one on each machine. The home lab is there from the start, as the base was made there. */
export class Labs implements AsyncDisposable {
  readonly home: Lab;
  readonly #clock: Clock;
  readonly #changes = new EventEmitter();
  readonly #machines: readonly PooledMachine[];
  readonly #over = new AbortController();
  #keeping: Promise<unknown> = Promise.resolve();

  constructor(
    home: { readonly source: LabSource; readonly open: OpenLab },
    others: readonly LabSource[],
    clock: Clock,
  ) {
    this.home = home.open.lab;
    this.#clock = clock;
    // Every worker may wait for a place.
    this.#changes.setMaxListeners(0);
    const calls = {
      changed: () => void this.#changes.emit("change"),
      isSpare: () => this.here.length > 0,
    };
    this.#machines = [
      new PooledMachine(home.source, home.open, clock, calls),
      ...others.map((source) => new PooledMachine(source, null, clock, calls)),
    ];
  }

  /** Whether there is more than one machine. With a single one, its failure is the run's. */
  get isPool(): boolean {
    return this.#machines.length > 1;
  }

  /** The machines that are there now. */
  get here(): readonly Lab[] {
    return this.#machines.flatMap(({ lab }) => lab ?? []);
  }

  /** From now on the other machines join, and all are watched. */
  join(upkeep: Upkeep): void {
    if (!this.isPool) return;
    this.#keeping = Promise.all(
      this.#machines.map((machine) => machine.keep(upkeep, this.#over.signal)),
    );
    this.#keeping.catch(() => {});
  }

  /** An image, from the first machine that has it. */
  async save(tag: string): Promise<NodeJS.ReadableStream> {
    const failures: string[] = [];
    for (const machine of this.#machines) {
      try {
        const saved = await machine.save(tag);
        if (saved !== null) return saved;
      } catch (error) {
        failures.push(`${machine.name}: ${messageOf(error)}`);
      }
    }
    throw new EngineError(`no machine can give the image ${tag} (${failures.join("; ")})`);
  }

  /** Throws `EngineError` where the machine is not there. */
  on(machine: string): Lab {
    const found = this.#machines.find(({ name }) => name === machine);
    if (found?.lab) return found.lab;
    throw new EngineError(`the machine ${machine} is not there: ${found?.absence ?? "unknown"}`);
  }

  /** Waits for a place on a machine, and takes it. Throws `EngineError` where no machine is there for long. */
  async place(wish: Wish, signal: AbortSignal): Promise<Place> {
    let noneSinceMs: number | null = null;
    for (;;) {
      signal.throwIfAborted();
      const place = this.#take(wish);
      if (place !== null) return place;
      const nowMs = this.#clock.steadyMs();
      // A machine that is full has room again, however long its experiments take.
      noneSinceMs = this.here.length > 0 ? null : (noneSinceMs ?? nowMs);
      await this.#change(noneSinceMs === null ? null : noneSinceMs + NONE_FOR_MS - nowMs, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new EngineError("the run ended"));
    await this.#keeping.catch(() => {});
    await Promise.all(this.#machines.map((machine) => machine.close()));
  }

  /** A machine that was given back is asked for again before others are overloaded. */
  #take(wish: Wish): Place | null {
    const best = this.#best(wish);
    const isFixed = wish.kind === "on" && best?.name === wish.machine;
    const resting =
      isFixed || (best !== null && best.load < 1)
        ? undefined
        : this.#machines.find(({ isResting }) => isResting);
    resting?.wake();
    return resting === undefined ? (best?.take() ?? null) : null;
  }

  /** The machine with the most room; of those alike the wished for, whose images are there. */
  #best({ kind, machine }: Wish): PooledMachine | null {
    const there = this.#machines.filter(({ lab }) => lab !== null);
    const wished = there.find(({ name }) => name === machine);
    if (kind === "on" && wished !== undefined) return wished;
    const least = Math.min(...there.map(({ load }) => load));
    // A machine that is on its way has room soon.
    if (least >= 1 && this.#machines.some(({ isJoining }) => isJoining)) return null;
    const free = there.filter(({ load }) => load === least);
    return free.find((each) => each === wished) ?? free[0] ?? null;
  }

  async #change(withinMs: number | null, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const changed = once(this.#changes, "change", { signal: either }).then(() => false);
    try {
      if (withinMs === null) return void (await changed);
      const late = this.#clock.sleep(withinMs, either).then(() => true);
      if (!(await Promise.race([changed, late]))) return;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      over.abort();
    }
    const why = this.#machines.map(({ name, absence }) => `${name}: ${absence}`).join("; ");
    throw new EngineError(`no machine is there (${why})`);
  }
}
