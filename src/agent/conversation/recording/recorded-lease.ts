import type { TokenLease } from "../../../core/budget/lease.ts";
import { NO_USAGE } from "../../../core/tree/node.ts";

/** Recorded answers cost nothing. They are given out as long as there were tokens for them then. */
export function recordedLease(isSpent: () => boolean): TokenLease {
  return {
    used: NO_USAGE,
    reserve: () => (isSpent() ? null : { settle: () => {} }),
    outputRoom: ({ output }) => (isSpent() ? 0 : output),
    close: () => {},
  };
}
