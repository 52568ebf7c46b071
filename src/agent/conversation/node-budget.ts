import { listOf } from "../../core/text/listing.ts";
import { formatCount, formatCounted, formatDuration } from "../../core/text/number.ts";

/** What one experiment has. */
export interface NodeBudget {
  /** Which experiment of the run it is, from 1. */
  readonly number: number;
  /** How many there may be; `null` for any number. */
  readonly of: number | null;
  /** For all that its agent does. */
  readonly timeMs: number;
  /** Output that it may still ask for; `null` without a limit. */
  readonly tokensLeft: () => number | null;
}

interface Left {
  readonly timeMs: number;
  readonly tokens: number | null;
  readonly benches: number | null;
}

const OPEN = "<your_budget>\n";
const CLOSE = "\n</your_budget>";

const LAST_ANSWER = "This is the last answer that the token budget allows: call `finish` now.";

/** Whether a text is such a notice, whole. It depends on time and tokens, so it differs from run to run. */
export function isBudgetNotice(text: string): boolean {
  return (
    text.startsWith(OPEN) && text.endsWith(CLOSE) && text.indexOf(CLOSE) === text.lastIndexOf(CLOSE)
  );
}

/** Tells a model what it has: at the start, once when half is gone, and before its last answer. */
export class BudgetNotices {
  readonly #budget: NodeBudget;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  readonly #startTokens: number | null;
  #toldHalf = false;

  constructor(budget: NodeBudget, nowMs: () => number) {
    this.#budget = budget;
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
    this.#startTokens = budget.tokensLeft();
  }

  /** @param benches how many quick benchmarks are left; `null` where there are none at all */
  atStart(benches: number | null): string {
    const { number, of } = this.#budget;
    const which = `Experiment ${formatCount(number)}${of === null ? "" : ` of ${formatCount(of)}`}`;
    return noticeOf(`${which}. It has ${leftText(this.#left(benches))}.`);
  }

  /** Returns `null` as long as there is nothing to say. */
  next(benches: number | null, isLast: boolean): string | null {
    if (isLast) return noticeOf(LAST_ANSWER);
    const left = this.#left(benches);
    const isHalfGone =
      left.timeMs * 2 < this.#budget.timeMs ||
      (left.tokens !== null && left.tokens * 2 < (this.#startTokens ?? 0));
    if (this.#toldHalf || !isHalfGone) return null;
    this.#toldHalf = true;
    return noticeOf(`More than half is gone. There is left: ${leftText(left)}.`);
  }

  #left(benches: number | null): Left {
    const timeMs = this.#budget.timeMs - (this.#nowMs() - this.#startedAtMs);
    return { timeMs: Math.max(0, timeMs), tokens: this.#budget.tokensLeft(), benches };
  }
}

function leftText({ timeMs, tokens, benches }: Left): string {
  const parts = [
    formatDuration(timeMs),
    ...(tokens === null ? [] : [formatCounted(tokens, "token")]),
    ...(benches === null ? [] : [formatCounted(benches, "quick benchmark")]),
  ];
  return listOf(parts, parts.length);
}

function noticeOf(text: string): string {
  return `${OPEN}${text}${CLOSE}`;
}
