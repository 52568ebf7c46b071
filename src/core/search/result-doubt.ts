import { type UnseenClaim, unseenText } from "../judging/doubt.ts";
import { gainRangeText, gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { metricNamed } from "../metrics/metric-named.ts";
import { printable } from "../text/printable.ts";
import { gainSinceRoot, logGainOn } from "../tree/log-gains.ts";
import type { Comparison, ExperimentNode, MetricComparison } from "../tree/node.ts";
import { type Preference, provesGain } from "./preference.ts";

/** Why a champion's gain is taken back, and of which metrics. */
export interface Doubt {
  readonly reason: string;
  readonly metrics: readonly string[];
}

/** What a fresh comparison of a champion with the root says against its gain; `null` where nothing does. */
export function doubtOf(
  champion: Pick<ExperimentNode, "logGainFromRoot">,
  {
    comparison,
    unseen,
  }: { readonly comparison: Comparison; readonly unseen: readonly UnseenClaim[] },
  preference: Preference,
  metrics: readonly Metric[],
): Doubt | null {
  if (unseen.length > 0) {
    // Steps that are each too small to be doubted may add up to a lie.
    const reason = `its gain over the root is only in what it prints: ${unseen.map(unseenText).join("; ")}`;
    return { reason, metrics: unseen.map(({ metric }) => metric) };
  }
  const unkept = unkeptGains(champion, comparison, preference);
  if (unkept.length === 0) return null;
  const text = unkept
    .map((each) => unkeptText(metricNamed(metrics, each.name), each, champion))
    .join("; ");
  return {
    reason: `measured afresh against the root: ${text}`,
    metrics: unkept.map(({ name }) => name),
  };
}

/**
 * The gains that a champion's lineage adds up to and that a fresh comparison with the root does not have in its
 * interval. There are none where that comparison proves a gain at all. If a parent turns slow by itself, a child that
 * changes nothing seems to gain.
 */
function unkeptGains(
  champion: Pick<ExperimentNode, "logGainFromRoot">,
  comparison: Comparison,
  preference: Preference,
): MetricComparison[] {
  if (provesGain(comparison, preference)) return [];
  return comparison.metrics.filter(({ name, gainHigh }) => {
    // A log gain is never above the gain itself, so comparing it with a gain accuses nobody wrongly.
    return logGainOn(champion, name) > Math.max(0, gainHigh);
  });
}

/** `time_ms -0.1 % (-1.2 % to +1.0 %), where its steps add up to 2.04x faster`. */
function unkeptText(
  metric: Metric,
  fresh: MetricComparison,
  champion: Pick<ExperimentNode, "logGainFromRoot">,
): string {
  const claimed = gainText(metric, gainSinceRoot(champion, metric) ?? 0);
  return `${printable(metric.name)} ${gainText(metric, fresh.gain)} (${gainRangeText(metric, fresh)}), where its steps add up to ${claimed}`;
}
