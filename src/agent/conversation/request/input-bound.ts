import type { TokenCounts } from "../../../core/budget/price.ts";
import type { History } from "../history.ts";

/** What the API puts around tools and messages: a few hundred tokens by its documentation. */
const FIRST_OVERHEAD = 1_000;
const LATER_OVERHEAD = 200;
/** An answer may be cut into other tokens when it comes back as input. */
const DRIFT = 1.05;

/**
 * The most tokens that the next request has as input. No token is shorter than a byte. Where an earlier answer reported
 * how long the conversation was, only what came after it has to be bounded by bytes.
 */
export class InputBound {
  #known: { readonly tokens: number; readonly messages: number } | null = null;

  /** `next` is what a user's message would still add. */
  of(history: History, next: History["messages"][number]["content"] = []): number {
    if (this.#known === null) {
      const { system, tools, messages } = history;
      return FIRST_OVERHEAD + bytesOf([system, tools, messages, next]);
    }
    const { tokens, messages } = this.#known;
    // The answer itself was counted as output.
    const added = history.messages.slice(messages).filter(({ role }) => role === "user");
    return LATER_OVERHEAD + Math.ceil(tokens * DRIFT) + bytesOf([added, next]);
  }

  /** Must be called before the answer is added to the history. */
  learn(history: History, tokens: TokenCounts | "unknown"): void {
    if (tokens === "unknown") {
      this.#known = null;
      return;
    }
    const { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens } = tokens;
    this.#known = {
      tokens: inputTokens + cacheWriteTokens + cacheReadTokens + outputTokens,
      messages: history.messages.length,
    };
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
