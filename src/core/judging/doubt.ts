import type { Metric } from "../metrics/metric.ts";
import type { RowKind } from "../metrics/row-rule.ts";
import { millisecondsPerUnit } from "../metrics/time-unit.ts";
import { FEWEST_OF_95, walshInterval } from "../statistics/signed-rank.ts";
import { median } from "../statistics/statistics.ts";
import { formatDuration } from "../text/number.ts";
import type { Comparison } from "../tree/node.ts";
import { estimateGain, isRatio, logGains } from "./comparison.ts";
import type { RunValues } from "./pair.ts";

/** Of a run's wall time, less rows that only the parent has: a smaller claim may be lost among its start, its end and the noise. */
const SMALLEST_CLAIM = 0.1;
/** The harness sees less than this part of what is claimed. */
const SEEN_SHARE = 0.5;
/** Durations whose sum is above the run's wall time overlap, or repeat each other, and do not add up. */
const LARGEST_SUM = 1.05;

/** Whether any metric gained more than `factor` in this one step: 3 is a third of the time, or three times the score. */
export function isSuspicious(comparison: Comparison, factor: number): boolean {
  return comparison.metrics.some(({ gain }) => 1 + gain > factor);
}

/** What a run printed, and what the harness saw of it. */
export type ClaimedRun = Pick<
  RunValues,
  "values" | "rows" | "sums" | "beyond" | "wallMs" | "cpuMs"
>;

/** Of the run's row rule: how rows become values, and whether their durations fit into a run. By metric; missing where not known. */
export interface DurationRule {
  readonly kinds: readonly RowKind[];
  readonly addsUp: readonly boolean[];
}

const UNKNOWN: DurationRule = { kinds: [], addsUp: [] };

/** By metric, whether its durations, summed over the rows, fit into the runs that printed them. */
export function durationsAddUp(
  metrics: readonly Metric[],
  runs: readonly Pick<ClaimedRun, "sums" | "wallMs">[],
): boolean[] {
  return metrics.map((metric, index) => {
    const unit = millisecondsPerUnit(metric) ?? 0;
    const sumMs = median(runs.map(({ sums }) => unit * (sums[index] ?? 0)));
    return sumMs <= LARGEST_SUM * median(runs.map(({ wallMs }) => wallMs));
  });
}

/** A gain of time that was printed, and that the harness did not see, per run. What was seen are medians over the pairs. */
export interface UnseenClaim {
  readonly metric: string;
  readonly claimedMs: number;
  readonly wallMs: number;
  /** `null` where the CPU time is not known. */
  readonly cpuMs: number | null;
}

/**
 * Gains of time that are not seen from outside. A metric that is a duration says, summed over its rows, how much of the run it
 * was; where that sum shrinks, the run must take that much less, whatever its start and end cost, as they cancel in the difference.
 * Rows that only the parent has are neither claimed nor seen: to do less is not to be faster.
 * Of samples, the value that is compared claims as much for each of the parent's rows: else one row could take what the others shed,
 * and the median would shrink while the sum stays.
 * How much is claimed is what a pair claims at the median, or what the estimator that credits it makes of all pairs: a lie in a third of
 * the runs moves that one alone.
 * A claim is unseen where the harness saw less than half of it, in wall time and in CPU time (which several threads may save
 * one of), even at the favourable end of a 95 % interval: of what was seen, or of what was seen less what the same pair claims, in
 * which the machine's noise cancels. Nothing is said of metrics that are not durations (`time-unit.ts`), or whose
 * durations do not add up in the baseline, of claims below a tenth of what is compared of the run, and of fewer than 6 pairs,
 * but where two were enough to win: then the best of them is the favourable end. A parent whose sum is above its
 * own run, where the baseline's was not, is taken to have said all of it: it would free its children of doubt.
 */
export function unseenClaims(
  metrics: readonly Metric[],
  pairs: readonly { readonly parent: ClaimedRun; readonly child: ClaimedRun }[],
  { kinds, addsUp }: DurationRule = UNKNOWN,
  fewestPairs = FEWEST_OF_95,
): UnseenClaim[] {
  if (pairs.length < fewestPairs) return [];
  const parents = pairs.map(({ parent }) => parent);
  const fits = durationsAddUp(metrics, parents);
  const wallMs = median(parents.map((parent) => parent.wallMs));
  const cpuIsKnown = pairs.every(
    ({ parent, child }) => ![parent.cpuMs, child.cpuMs].includes(null),
  );

  return metrics.flatMap((metric, index) => {
    const unit = millisecondsPerUnit(metric);
    if (unit === null || !(addsUp[index] ?? fits[index])) return [];
    const printed = (run: ClaimedRun) =>
      Math.min(unit * (run.sums[index] ?? 0), LARGEST_SUM * run.wallMs);
    const beyondMs = ({ beyond, wallMs: mostMs }: ClaimedRun) =>
      Math.min(unit * (beyond?.sums[index] ?? 0), mostMs);
    const bySum = pairs.map(({ parent, child }) =>
      claimOf(printed(parent) - beyondMs(parent), printed(child)),
    );
    const byValue = pairs.map(({ parent, child }) => {
      const rowMs = unit * (parent.rows - (parent.beyond?.rows ?? 0));
      return claimOf(rowMs * (parent.values[index] ?? 0), rowMs * (child.values[index] ?? 0));
    });
    const each = kinds[index] === "series" ? [bySum] : [bySum, byValue];
    const ofPair = pairs.map((_pair, i) =>
      Math.max(...each.map((claims) => claims[i]?.savedMs ?? 0)),
    );
    const claimedMs = Math.max(median(ofPair), ...each.map((claims) => creditedMs(metric, claims)));
    const comparedMs = wallMs - median(parents.map(beyondMs));
    if (claimedMs < SMALLEST_CLAIM * comparedMs) return [];
    const saved = (value: (run: ClaimedRun) => number) =>
      pairs.map(({ parent, child }) => value(parent) - beyondMs(parent) - value(child));
    const savedWall = saved((run) => run.wallMs);
    const savedCpu = cpuIsKnown ? saved((run) => run.cpuMs ?? 0) : null;
    const isUnseen = (seen: readonly number[]) =>
      walshInterval(seen).high < SEEN_SHARE * claimedMs ||
      walshInterval(seen.map((ms, i) => ms - SEEN_SHARE * (ofPair[i] ?? 0))).high < 0;
    if (!isUnseen(savedWall) || (savedCpu !== null && !isUnseen(savedCpu))) return [];
    return [
      {
        metric: metric.name,
        claimedMs,
        wallMs: median(savedWall),
        cpuMs: savedCpu === null ? null : median(savedCpu),
      },
    ];
  });
}

/** What the two runs of a pair print of how long they took. */
interface Claim {
  readonly parent: readonly [number];
  readonly child: readonly [number];
  readonly order: "parent_first";
  readonly savedMs: number;
}

function claimOf(parentMs: number, childMs: number): Claim {
  const order = "parent_first" as const;
  return { parent: [parentMs], child: [childMs], order, savedMs: parentMs - childMs };
}

/** What a child is credited with for such durations, as milliseconds of the parent's. */
function creditedMs(metric: Metric, claims: readonly Claim[]): number {
  const ratio = isRatio(metric, 0, claims);
  const { gain } = estimateGain(logGains(metric, 0, claims), ratio);
  const ms = median(claims.map(({ parent: [parentMs] }) => parentMs));
  // Logarithms leave a rest in the last digits.
  return Math.round(1e6 * ms * (ratio ? gain / (1 + gain) : gain)) / 1e6;
}

/** `its runs say that they took 102 ms less (time_ms), but took 1 ms more, and 0 ms less of CPU time`. */
export function unseenText({ metric, claimedMs, wallMs, cpuMs }: UnseenClaim): string {
  const cpu = cpuMs === null ? "" : `, and ${lessText(cpuMs)} of CPU time`;
  return `its runs say that they took ${lessText(claimedMs)} (${metric}), but took ${lessText(wallMs)}${cpu}`;
}

function lessText(savedMs: number): string {
  return `${formatDuration(Math.abs(savedMs))} ${savedMs < 0 ? "more" : "less"}`;
}
