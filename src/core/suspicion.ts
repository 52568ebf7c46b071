import type { Comparison } from "./node.ts";
import { walshInterval } from "./signed-rank.ts";

/** A gain so small that a harness would not see it in a whole run with its start and end: 10 %. */
const SMALLEST_CLAIM = Math.log(1.1);
/** The harness sees less than this part of what is claimed. */
const SEEN_SHARE = 0.1;

/** Whether any metric gained more than `factor` in this one step: 3 is a third of the time, or three times the score. */
export function isSuspicious(comparison: Comparison, factor: number): boolean {
  return comparison.metrics.some(({ gain }) => 1 + gain > factor);
}

/**
 * Whether a claimed gain of time is not seen from outside: the benchmark says that it takes less, and the time that the harness
 * took itself (wall or CPU), one log gain per pair, says otherwise, even at the favourable end of its 95 % interval. Only for
 * metrics that are times, and no proof: a benchmark may spend most of its run on something else. `claimedLogGain` below 10 % is
 * never unseen, and neither is anything with fewer than 6 pairs, which have no 95 % interval.
 */
export function claimUnseen(claimedLogGain: number, seenLogGains: readonly number[]): boolean {
  if (claimedLogGain < SMALLEST_CLAIM || seenLogGains.length < 6) return false;
  return walshInterval(seenLogGains).high < SEEN_SHARE * claimedLogGain;
}
