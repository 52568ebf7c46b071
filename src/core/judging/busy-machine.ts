import { formatCounted } from "../text/number.ts";
import type { Comparison } from "../tree/node.ts";
import type { MeasuredPair } from "./pair.ts";

/** From this share of disturbed pairs on, what a comparison found was found on a busy machine. */
const BUSY_SHARE = 0.5;

/**
 * A comparison with the number of its pairs that were contaminated and count all the same, as too many were. What does not vary is
 * disturbed by nothing.
 */
export function withDisturbed(
  comparison: Comparison,
  counted: readonly Pick<MeasuredPair, "contamination">[],
): Comparison {
  const varies = comparison.metrics.some(({ gainLow, gainHigh }) => gainLow < gainHigh);
  const disturbed = counted.filter(({ contamination }) => contamination !== null).length;
  return disturbed === 0 || !varies ? comparison : { ...comparison, disturbed };
}

/** `on a busy machine: 4 of 6 pairs were disturbed`, or `null` where fewer than half were. */
export function busyMachineText(comparison: Pick<Comparison, "pairs" | "disturbed"> | null) {
  const { pairs = 0, disturbed = 0 } = comparison ?? {};
  if (disturbed === 0 || disturbed < BUSY_SHARE * pairs) return null;
  const were = disturbed === 1 ? "was" : "were";
  return `on a busy machine: ${disturbed} of ${formatCounted(pairs, "pair")} ${were} disturbed`;
}
