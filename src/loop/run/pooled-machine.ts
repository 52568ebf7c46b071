import type { Clock } from "../../core/clock.ts";
import { EngineError, messageOf, UserError } from "../../core/error.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import { answers, watchAnswers } from "./heartbeat.ts";
import type { Lab, LabSource, OpenLab } from "./lab.ts";
import type { Upkeep } from "./upkeep.ts";

/** What hangs on a machine that is gone is left to itself after this. */
const GRACE_MS = 15_000;
/** An engine takes its time to remove images. */
const SWEEP_MS = 60_000;
const AGAIN_MS = 30_000;
const FAILURES_IN_A_ROW = 3;
const LEFT_OUT_MS = 10 * 60_000;

type Presence =
  | { readonly kind: "away"; readonly reason: string }
  | { readonly kind: "here"; readonly open: OpenLab; readonly lost: AbortController };

/** One machine of a pool, over all the times that it is there. */
export class PooledMachine {
  readonly name: string;
  readonly #source: LabSource;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #presence: Presence;
  #isJoining = false;
  #busy = 0;
  #failures = 0;

  /** @param changed is called when the machine has come, or has room */
  constructor(source: LabSource, open: OpenLab | null, clock: Clock, changed: () => void) {
    this.name = source.machine;
    this.#source = source;
    this.#clock = clock;
    this.#changed = changed;
    this.#presence =
      open === null
        ? { kind: "away", reason: "it has not joined yet" }
        : { kind: "here", open, lost: new AbortController() };
  }

  get lab(): Lab | null {
    return this.#presence.kind === "here" ? this.#presence.open.lab : null;
  }

  /** Whether it is on its way for the first time: others should not be overloaded meanwhile. */
  get isJoining(): boolean {
    return this.#isJoining;
  }

  /** Why it is not there. */
  get absence(): string {
    return this.#presence.kind === "away" ? this.#presence.reason : "";
  }

  /** The share of its places that is taken. */
  get load(): number {
    return this.#busy / this.#source.parallel;
  }

  /** Opens the lab, watches it, and opens it again when it was lost, until the signal is aborted. */
  async keep(upkeep: Upkeep, signal: AbortSignal): Promise<void> {
    this.#isJoining = this.lab === null;
    while (!signal.aborted) {
      const end = await this.#untilLost(upkeep, signal);
      this.#isJoining = false;
      this.#changed();
      if (signal.aborted) return;
      this.#failures++;
      const isLeftOut = this.#failures % FAILURES_IN_A_ROW === 0;
      const againInMs = end.isFinal ? null : isLeftOut ? LEFT_OUT_MS : AGAIN_MS;
      await upkeep.report({ kind: "lost", machine: this.name, reason: end.reason, againInMs });
      if (againInMs === null) return;
      await this.#clock.sleep(againInMs, signal).catch(() => {});
    }
  }

  /** An image that it has; `null` where it is not there. */
  async save(tag: string): Promise<NodeJS.ReadableStream | null> {
    return this.#presence.kind === "here" ? this.#presence.open.machine.save(tag) : null;
  }

  /** Takes one of its places, where it is there. */
  take(): Place | null {
    const presence = this.#presence;
    if (presence.kind === "away") return null;
    this.#busy++;
    const { open, lost } = presence;
    return {
      lab: open.lab,
      during: (signal, work) => this.#during(lost.signal, signal, work),
      hasFailed: (error) => this.#hasFailed(open, lost, error),
      [Symbol.dispose]: () => {
        this.#busy--;
        this.#changed();
      },
    };
  }

  /**
   * Closes the lab for good. What the engine still did for a killed process when this one began goes now, and what a failed request left.
   * Where that fails, the next one to see the machine does it.
   */
  async close(): Promise<void> {
    const presence = this.#presence;
    this.#presence = { kind: "away", reason: "the run ended" };
    if (presence.kind === "away") return;
    const { open } = presence;
    await this.#inTime(SWEEP_MS, open.sweep());
    await this.#dispose(open);
  }

  async #untilLost(
    upkeep: Upkeep,
    signal: AbortSignal,
  ): Promise<{ readonly reason: string; readonly isFinal: boolean }> {
    try {
      const known = this.#presence.kind === "here" ? this.#presence : null;
      const open = known?.open ?? (await this.#open(signal));
      const lost = known?.lost ?? new AbortController();
      const over = AbortSignal.any([signal, lost.signal]);
      open.gone.addEventListener("abort", () => lost.abort(open.gone.reason), { once: true });
      const silence = () => lost.abort(this.#gone("it does not answer"));
      const watching = watchAnswers(open.machine, this.#clock, over, { silence });
      try {
        const look = await untilAborted(upkeep.prepare(open, over), over);
        await upkeep.report({ kind: "joined", machine: this.name, look });
        this.#presence = { kind: "here", open, lost };
        this.#isJoining = false;
        this.#changed();
        await new Promise((resolve) => over.addEventListener("abort", resolve, { once: true }));
        over.throwIfAborted();
      } finally {
        if (!signal.aborted) this.#presence = { kind: "away", reason: "it was lost" };
        lost.abort(new EngineError(`${this.name} is not used any more`));
        await watching;
        if (!signal.aborted) await this.#dispose(open);
      }
      throw new Error("a machine is lost by an abort");
    } catch (error) {
      const reason = messageOf(error);
      if (!signal.aborted) this.#presence = { kind: "away", reason };
      return { reason, isFinal: error instanceof UserError };
    }
  }

  /** Nobody waits at the end of a run for a machine that hangs while it is opened. One that comes late is given back. */
  async #open(signal: AbortSignal): Promise<OpenLab> {
    const opening = this.#source.open(signal);
    try {
      return await untilAborted(opening, signal);
    } catch (error) {
      void opening.then((late) => this.#dispose(late)).catch(() => {});
      throw error;
    }
  }

  async #during<T>(
    lost: AbortSignal,
    signal: AbortSignal,
    work: (within: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const ended = new AbortController();
    const isOver = lost.aborted ? Promise.resolve() : aborted(lost, ended.signal);
    const givenUp = isOver.then(async () => {
      await this.#clock.sleep(GRACE_MS, ended.signal);
      throw lost.reason;
    });
    givenUp.catch(() => {});
    const working = work(AbortSignal.any([signal, lost]));
    // Nobody waits any more for what hangs on a machine that is gone.
    working.catch(() => {});
    try {
      const result = await Promise.race([working, givenUp]);
      this.#failures = 0;
      return result;
    } catch (error) {
      // What the loss cut off fails in its own words, such as those of a timer.
      if (lost.aborted && !signal.aborted) throw lost.reason;
      throw error;
    } finally {
      ended.abort();
    }
  }

  /** One failed request is no loss, where the machine answers the next one. What fails on one that does not is a loss in any words. */
  async #hasFailed(open: OpenLab, lost: AbortController, error: unknown): Promise<boolean> {
    if (lost.signal.aborted) return true;
    const failure = open.machine.failureOf(error);
    const isThere = await answers(open.machine, lost.signal);
    if (failure === null && isThere) return false;
    this.#failures++;
    if (!isThere || this.#failures >= FAILURES_IN_A_ROW) {
      lost.abort(this.#gone(messageOf(failure ?? error)));
    }
    return true;
  }

  #gone(why: string): EngineError {
    return new EngineError(`the machine ${this.name} is lost: ${why}`);
  }

  /** What is left on it is removed when it is seen again. */
  #dispose(open: OpenLab): Promise<void> {
    return this.#inTime(GRACE_MS, Promise.resolve(open[Symbol.asyncDispose]()));
  }

  async #inTime(withinMs: number, work: Promise<void>): Promise<void> {
    const over = new AbortController();
    const late = this.#clock.sleep(withinMs, over.signal).catch(() => {});
    await Promise.race([work.catch(() => {}), late]);
    over.abort();
  }
}

/** A place on a machine. Disposing it makes room. */
export interface Place extends Disposable {
  readonly lab: Lab;
  /** Does work there. Throws the machine's `EngineError` where it is lost meanwhile, soon, whatever the work waits for. */
  during<T>(signal: AbortSignal, work: (within: AbortSignal) => Promise<T>): Promise<T>;
  /** Whether it was the machine by which the work failed. */
  hasFailed(error: unknown): Promise<boolean>;
}

/** Resolves when a signal is aborted; never, where `over` is first. */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true, signal: over });
  });
}
