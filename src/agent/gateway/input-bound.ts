import { createHash } from "node:crypto";
import type { TokenCounts } from "../../core/budget/price.ts";
import type { ModelCall } from "./protocol.ts";
import { unmarked } from "./turns.ts";

/** What a server puts around tools and turns. */
const FIRST_OVERHEAD = 1_000;
const LATER_OVERHEAD = 200;
/** An answer may be cut into other tokens when it comes back as input. */
const DRIFT = 1.05;
const MAX_KNOWN = 1_000;

/**
 * The most tokens that a call has as input. No token is shorter than a byte. Where an earlier answer said how long the
 * beginning of the same conversation was, only what came after it is bounded by bytes.
 */
export class CallBound {
  /** Tokens, answer included, by the beginning that was answered. */
  readonly #known = new Map<string, number>();

  of({ fixed, turns }: ModelCall): number {
    const beginnings = beginningsOf(fixed, turns);
    for (let count = turns.length; count > 0; count -= 1) {
      const known = this.#known.get(beginnings[count] ?? "");
      if (known === undefined) continue;
      return LATER_OVERHEAD + Math.ceil(known * DRIFT) + bytesOf(turns.slice(count));
    }
    return FIRST_OVERHEAD + bytesOf([fixed, turns]);
  }

  learn({ fixed, turns }: ModelCall, tokens: TokenCounts | "unknown"): void {
    if (tokens === "unknown") return;
    const { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens } = tokens;
    const sum = inputTokens + cacheWriteTokens + cacheReadTokens + outputTokens;
    this.#known.set(beginningsOf(fixed, turns).at(-1) ?? "", sum);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** A name for the call's first 0, 1, 2, ... turns. */
function beginningsOf(fixed: unknown, turns: readonly unknown[]): string[] {
  let name = digest("", fixed);
  return [
    name,
    ...turns.map((turn) => {
      name = digest(name, turn);
      return name;
    }),
  ];
}

function digest(before: string, part: unknown): string {
  return createHash("sha256").update(before).update(unmarked(part)).digest("hex");
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
