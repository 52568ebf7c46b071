import type { Spent } from "../../../core/budget/budget.ts";
import { formatCost, formatCount, formatDuration } from "../../../core/text/number.ts";
import { type StyledLine, span } from "../../../core/text/styled-line.ts";
import type { RunLimits } from "../../../dashboard/run-view.ts";

const BAR_WIDTH = 6;
/** From here on a budget is nearly used up. */
const SCARCE_FROM = 0.9;

/** What was spent of each part of the budget. Money is shown only where there is a limit or a price. */
export function budgetBars(spent: Spent, limits: RunLimits, elapsedMs: number): StyledLine[] {
  const { costUsd } = spent;
  const hasCost = limits.costUsd !== null || costUsd === null || costUsd > 0;
  return [
    budgetBar("experiments", spent.experiments, limits.experiments, formatCount),
    budgetBar("tokens", spent.tokens, limits.tokens, shortCount),
    ...(hasCost ? [budgetBar("money", costUsd, limits.costUsd, formatCost)] : []),
    budgetBar("time", elapsedMs, limits.timeMs, elapsedText),
  ];
}

/** `name ███░░░ 5 of 12`, without a bar where there is no limit. */
function budgetBar(
  name: string,
  used: number | null,
  limit: number | null,
  format: (amount: number) => string,
): StyledLine {
  const said = used === null ? "unknown" : format(used);
  if (limit === null) return [span(`${name} ${said}`)];
  const share = limit === 0 ? 1 : Math.min(1, (used ?? 0) / limit);
  const full = Math.floor(share * BAR_WIDTH);
  return [
    span(`${name} `),
    span("█".repeat(full), share < SCARCE_FROM ? "good" : "fair"),
    span("░".repeat(BAR_WIDTH - full), "muted"),
    span(` ${said} of ${format(limit)}`),
  ];
}

/** `12 s`, `2m 05s`: whole seconds, so that a line changes once a second at most. */
export function elapsedText(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000);
}

/** `12,300`, `1.25 M` */
function shortCount(count: number): string {
  return count < 100_000 ? formatCount(count) : `${Number((count / 1e6).toFixed(2))} M`;
}
