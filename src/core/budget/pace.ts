import { z } from "zod";
import { EngineError } from "../error.ts";
import { ownValue } from "../own-value.ts";
import { formatDuration } from "../text/number.ts";
import { printable } from "../text/printable.ts";
import { paceDelayMs } from "./budget.ts";

/** What the next process of the same run must know about requests so far. Times are in milliseconds since the epoch. */
export const paceStateSchema = z.strictObject({
  sentAtMs: z.array(z.number()),
  /** The end of the cool-down, by model. */
  coolUntilMs: z.record(z.string(), z.number()),
  /** When the pace was last asked. A clock that now shows less has been set back. */
  seenAtMs: z.number(),
});
export type PaceState = z.infer<typeof paceStateSchema>;

export const NO_PACE: PaceState = { sentAtMs: [], coolUntilMs: {}, seenAtMs: 0 };

/** How fast requests may go to one model, shared by all workers. */
export interface RequestPace {
  /**
   * Resolves when the next request may be sent, which then counts as sent. Rejects with the signal's reason, and with
   * `EngineError` where the model's API asks for a longer pause than the run is configured to wait.
   */
  wait(signal: AbortSignal): Promise<void>;
  /** Nobody sends to this model before that moment (milliseconds since the epoch). A 429 or 529 asks for this. */
  coolDown(untilMs: number): CoolDown;
}

export interface CoolDown {
  readonly delayMs: number;
  /** Whether the wait is so long that the user must hear of it. */
  readonly long: boolean;
  /** What the run is configured to do about the wait. It is `end` only where the wait is `long`. */
  readonly decision: "wait" | "end";
}

export interface PaceOptions {
  /** `rate_limit.requests`, over all models; `null` is no limit. */
  readonly rate: { readonly count: number; readonly perMs: number } | null;
  readonly longWaitMs: number;
  readonly onLongWait: "wait" | "end";
  readonly nowMs: () => number;
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

// setTimeout takes a signed 32-bit number of milliseconds and fires at once above it.
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** The pace of all requests of a run: at most `count` in any window of `perMs`, and none to a model that cools down. */
export class Pace {
  readonly #options: PaceOptions;
  #state: PaceState;

  constructor(options: PaceOptions, state: PaceState = NO_PACE) {
    this.#options = options;
    this.#state = state;
  }

  /** Called with the state to keep, which goes to the constructor after a restart. */
  get state(): PaceState {
    this.#read();
    return this.#state;
  }

  forModel(model: string): RequestPace {
    return {
      wait: (signal) => this.#wait(model, signal),
      coolDown: (untilMs) => this.#coolDown(model, untilMs),
    };
  }

  async #wait(model: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const nowMs = this.#read();
      const coolDown = this.#coolDownOf(model, nowMs);
      if (coolDown.decision === "end") {
        const delay = formatDuration(coolDown.delayMs);
        throw new EngineError(`the API wants no request to ${printable(model)} for ${delay}`, {
          hint: "go on with --resume after that time",
        });
      }
      const { sentAtMs } = this.#state;
      const delayMs = Math.max(coolDown.delayMs, paceDelayMs(this.#options.rate, sentAtMs, nowMs));
      if (delayMs === 0) {
        // Nothing else runs between the question and this line, so no two requests take one place.
        this.#state = { ...this.#state, sentAtMs: [...sentAtMs, nowMs] };
        return;
      }
      // Another worker may have taken the place meanwhile, or raised the cool-down. So the loop asks again.
      await this.#options.sleep(Math.min(delayMs, LONGEST_SLEEP_MS), signal);
    }
  }

  #coolDown(model: string, untilMs: number): CoolDown {
    const nowMs = this.#read();
    const { coolUntilMs } = this.#state;
    // The later of two moments stands: an early answer must not wake the workers of a late one.
    const laterMs = Math.max(
      Math.min(untilMs, nowMs + LONGEST_SLEEP_MS),
      coolUntilOf(this.#state, model),
    );
    if (laterMs > nowMs) {
      this.#state = { ...this.#state, coolUntilMs: { ...coolUntilMs, [model]: laterMs } };
    }
    return this.#coolDownOf(model, nowMs);
  }

  #coolDownOf(model: string, nowMs: number): CoolDown {
    const delayMs = Math.max(0, coolUntilOf(this.#state, model) - nowMs);
    const long = delayMs > this.#options.longWaitMs;
    return { delayMs, long, decision: long ? this.#options.onLongWait : "wait" };
  }

  /**
   * The time, after forgetting what no longer matters. Where the clock was set back, all that is remembered moves with
   * it. Otherwise an hour back would be an hour in which nothing is sent.
   */
  #read(): number {
    const nowMs = this.#options.nowMs();
    const { sentAtMs, coolUntilMs, seenAtMs } = this.#state;
    const back = Math.max(0, seenAtMs - nowMs);
    const windowMs = this.#options.rate?.perMs ?? 0;
    this.#state = {
      sentAtMs: sentAtMs.map((at) => at - back).filter((at) => at > nowMs - windowMs),
      coolUntilMs: Object.fromEntries(
        Object.entries(coolUntilMs)
          .map(([model, until]) => [model, until - back] as const)
          .filter(([, until]) => until > nowMs),
      ),
      seenAtMs: nowMs,
    };
    return nowMs;
  }
}

function coolUntilOf({ coolUntilMs }: PaceState, model: string): number {
  return ownValue(coolUntilMs, model) ?? 0;
}
