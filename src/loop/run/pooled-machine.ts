import type { Clock } from "../../core/clock.ts";
import { EngineError, messageOf } from "../../core/error.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import { answers, watchAnswers } from "./heartbeat.ts";
import type { Lab, LabSource, OpenLab } from "./lab.ts";
import { Lending } from "./lending.ts";
import { endOf, Idle, type MachineEnd } from "./machine-end.ts";
import { GRACE_MS, inTime, type Place, untilLost } from "./place.ts";
import type { PoolView, Upkeep } from "./upkeep.ts";

/** An engine takes its time to remove images. */
const SWEEP_MS = 60_000;
const AGAIN_MS = 30_000;
const FAILURES_IN_A_ROW = 3;
const LEFT_OUT_MS = 10 * 60_000;

type Presence =
  | { readonly kind: "away"; readonly reason: string; readonly wake?: () => void }
  | { readonly kind: "here"; readonly open: OpenLab; readonly lost: AbortController };

/** One machine of a pool, over all the times that it is there. */
export class PooledMachine {
  readonly name: string;
  readonly #source: LabSource;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #isSpare: () => boolean;
  #presence: Presence;
  #isJoining = false;
  #busy = 0;
  #idleSinceMs = 0;
  #lending: Lending | null = null;
  /** In a row, as the failed requests of a machine that answers are. */
  #losses = 0;
  #failedRequests = 0;

  constructor(
    source: LabSource,
    open: OpenLab | null,
    clock: Clock,
    { changed, isSpare }: PoolView,
  ) {
    this.name = source.machine;
    this.#source = source;
    this.#clock = clock;
    this.#changed = changed;
    this.#isSpare = isSpare;
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

  /** Whether it was given back, and may be asked for again. */
  get isResting(): boolean {
    return this.#presence.kind === "away" && this.#presence.wake !== undefined;
  }

  /** Asks for it again. */
  wake(): void {
    if (this.#presence.kind === "away") this.#presence.wake?.();
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
      const end = await this.#whileThere(upkeep, signal);
      this.#isJoining = false;
      this.#changed();
      if (signal.aborted) return;
      if (end.kind === "idle") {
        await this.#rest(upkeep, end.idleMs, signal);
        continue;
      }
      this.#losses++;
      const isLeftOut = this.#losses % FAILURES_IN_A_ROW === 0 && this.#isSpare();
      const againInMs = end.kind === "final" ? null : isLeftOut ? LEFT_OUT_MS : AGAIN_MS;
      await upkeep.report({ kind: "lost", machine: this.name, reason: end.reason, againInMs });
      if (againInMs === null) return;
      await this.#waitAgain(againInMs, signal);
    }
  }

  /** Nothing is left out where nothing else is there. */
  async #waitAgain(againInMs: number, signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; waitedMs < againInMs && !signal.aborted; waitedMs += AGAIN_MS) {
      await this.#clock.sleep(AGAIN_MS, signal).catch(() => {});
      if (!this.#isSpare()) return;
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
      during: (signal, work) => untilLost(this.#clock, lost.signal, signal, work),
      hasWorked: () => {
        this.#losses = 0;
        this.#failedRequests = 0;
      },
      hasFailed: (error) => this.#hasFailed(open, lost, error),
      [Symbol.dispose]: () => {
        this.#busy--;
        this.#idleSinceMs = this.#clock.steadyMs();
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
    await inTime(this.#clock, SWEEP_MS, open.sweep());
    await this.#dispose(open);
  }

  /** Until somebody wants it again. */
  async #rest(upkeep: Upkeep, idleMs: number, signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      const wake = () => {
        this.#presence = { kind: "away", reason: "it was asked for again" };
        this.#isJoining = true;
        resolve();
      };
      this.#presence = { kind: "away", reason: "it was given back", wake };
    });
    await upkeep.report({ kind: "given_back", machine: this.name, idleMs });
    await untilAborted(woken, signal).catch(() => {});
  }

  async #whileThere(upkeep: Upkeep, signal: AbortSignal): Promise<MachineEnd> {
    try {
      const known = this.#presence.kind === "here" ? this.#presence : null;
      const open = known?.open ?? (await this.#open(signal));
      const lost = known?.lost ?? new AbortController();
      const over = AbortSignal.any([signal, lost.signal]);
      open.gone.addEventListener("abort", () => lost.abort(open.gone.reason), { once: true });
      const silence = () => lost.abort(this.#gone("it does not answer"));
      const lending = new Lending(open, (moreMs) => upkeep.countLent(this.name, moreMs));
      this.#lending = lending;
      const beat = () => {
        void lending.beat().catch(() => {});
        this.#giveBackIdle(lost);
      };
      const watching = watchAnswers(open.machine, this.#clock, over, { silence, beat });
      try {
        const look = await untilAborted(upkeep.prepare(open, over), over);
        await upkeep.report({ kind: "joined", machine: this.name, look });
        this.#presence = { kind: "here", open, lost };
        this.#idleSinceMs = this.#clock.steadyMs();
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
      if (!signal.aborted) this.#presence = { kind: "away", reason: messageOf(error) };
      return endOf(error);
    }
  }

  #giveBackIdle(lost: AbortController): void {
    const { idleMs } = this.#source;
    if (idleMs === null || this.#busy > 0 || this.lab === null) return;
    if (this.#clock.steadyMs() - this.#idleSinceMs < idleMs) return;
    // Nobody takes a place on it from here on.
    this.#presence = { kind: "away", reason: "it is given back" };
    lost.abort(new Idle(idleMs));
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

  /** One failed request is no loss, where the machine answers the next one. What fails on one that does not is a loss in any words. */
  async #hasFailed(open: OpenLab, lost: AbortController, error: unknown): Promise<boolean> {
    if (lost.signal.aborted) return true;
    const failure = open.machine.failureOf(error);
    const isThere = await answers(open.machine, lost.signal);
    if (failure === null && isThere) return false;
    if (isThere) this.#failedRequests++;
    if (!isThere || this.#failedRequests >= FAILURES_IN_A_ROW) {
      this.#failedRequests = 0;
      lost.abort(this.#gone(messageOf(failure ?? error)));
    }
    return true;
  }

  #gone(why: string): EngineError {
    return new EngineError(`the machine ${this.name} is lost: ${why}`);
  }

  /** What is left on it is removed when it is seen again. */
  async #dispose(open: OpenLab): Promise<void> {
    await inTime(this.#clock, GRACE_MS, Promise.resolve(open[Symbol.asyncDispose]()));
    await this.#lending?.end().catch(() => {});
  }
}
