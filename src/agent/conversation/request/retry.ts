import { formatDuration } from "../../../core/text/number.ts";
import type { RetryOptions } from "../options.ts";
import type { Fault } from "./fault.ts";

export type NextTry =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "give_up"; readonly reason: string };

/**
 * Whether a request is sent again, and when: as the server asks, else after twice the delay each time. Long waits end
 * the node instead. How long all workers wait for a rate limit is up to the pace that they share.
 */
export function nextTry(fault: Fault, triesMade: number, options: RetryOptions): NextTry {
  const { reason } = fault;
  if (fault.retry === "never") return { kind: "give_up", reason };
  const delayMs =
    fault.retryAfterMs ??
    Math.min(options.firstDelayMs * 2 ** (triesMade - 1), options.longestDelayMs);
  if (fault.retry === "alone" && delayMs > options.longestWaitMs) {
    const wait = formatDuration(delayMs);
    return { kind: "give_up", reason: `the API wants no request for ${wait} (${reason})` };
  }
  return triesMade > options.max
    ? { kind: "give_up", reason: `${reason}; sent ${triesMade} times` }
    : { kind: "retry", delayMs };
}
