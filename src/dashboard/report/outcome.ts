import { busyMachineText } from "../../core/judging/busy-machine.ts";
import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { intervalName } from "../../core/statistics/signed-rank.ts";
import { formatCount, formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { gainSinceRoot } from "../../core/tree/log-gains.ts";
import type { Comparison, MetricComparison } from "../../core/tree/node.ts";
import { intervalText } from "../../core/views/gain-range.ts";
import type { RunView } from "../run-view.ts";

/** How a run turned out. */
export type RunOutcome =
  /** The baseline did not pass, or is not there yet. */
  | { readonly kind: "no_baseline" }
  /** The champion is the baseline itself. */
  | { readonly kind: "no_gain"; readonly experiments: number }
  /** A champion that was not measured afresh. Its gain is the sum of its lineage's steps. */
  | {
      readonly kind: "found";
      readonly champion: NodeId;
      readonly metric: Metric;
      readonly gain: number;
    }
  /** The fresh measurement of the champion against the root. */
  | {
      readonly kind: "measured";
      readonly champion: NodeId;
      readonly comparison: Comparison;
      /** The first metric that is surely better, else the first. */
      readonly metric: Metric;
      readonly compared: MetricComparison;
      /** Whether the whole interval is above 0. */
      readonly proven: boolean;
    };

export function outcomeOf({ head, nodes }: RunView): RunOutcome {
  const { champion: id, result, metrics, spent } = head;
  const champion = nodes.find((node) => node.id === id);
  if (champion === undefined) return { kind: "no_baseline" };
  if (champion.parent === null) return { kind: "no_gain", experiments: spent.experiments };
  // A result belongs to the champion of its time. A resumed run may have found another since.
  const comparison = result?.champion === champion.id ? result.comparison : null;
  const first = comparison?.metrics[0];
  if (comparison !== null && first !== undefined) {
    const better = comparison.metrics.find(({ gainLow }) => gainLow > 0);
    const compared = better ?? first;
    const metric = metricNamed(metrics, compared.name);
    const proven = better !== undefined;
    return { kind: "measured", champion: champion.id, comparison, metric, compared, proven };
  }
  const metric = metrics[0] ?? metricNamed(metrics, "");
  const gain = gainSinceRoot(champion, metric) ?? 0;
  return { kind: "found", champion: champion.id, metric, gain };
}

/** The outcome in the few words of a title, such as `time_ms 4.37x faster`. */
export function outcomeTitle(outcome: RunOutcome): string {
  switch (outcome.kind) {
    case "no_baseline":
      return "nothing measured";
    case "no_gain":
      return "no gain";
    case "found":
      return `${namedGain(outcome.metric, outcome.gain)}, not measured afresh`;
    case "measured":
      return outcome.proven ? namedGain(outcome.metric, outcome.compared.gain) : "no proven gain";
  }
}

/** The outcome in one sentence. */
export function outcomeSentence(outcome: RunOutcome): string {
  switch (outcome.kind) {
    case "no_baseline":
      return "The baseline was not measured, so there is nothing to compare with.";
    case "no_gain": {
      const { experiments } = outcome;
      if (experiments === 0) return "No experiment was made yet.";
      return experiments === 1
        ? "The one experiment was not better than the baseline."
        : `None of ${formatCount(experiments)} experiments was better than the baseline.`;
    }
    case "found":
      return (
        `By the sum of its steps ${outcome.champion} is ${namedGain(outcome.metric, outcome.gain)} against the baseline. ` +
        "That was not measured afresh, so there is no interval for it."
      );
    case "measured": {
      const { metric, compared, comparison, champion, proven } = outcome;
      const pairs = formatCounted(comparison.pairs, "fresh pair");
      const interval = intervalText(
        metric,
        compared,
        comparison.pairs,
        intervalName(comparison.pairs),
      );
      const busy = busyMachineText(comparison);
      const where = busy === null ? "" : `, ${busy}`;
      const figures = `${namedGain(metric, compared.gain)}, ${interval}, ${pairs} of ${champion} against ${comparison.against}${where}`;
      return proven
        ? `${figures}.`
        : `The champion is not proven to be better than the baseline: ${figures}.`;
    }
  }
}

function namedGain(metric: Metric, gain: number): string {
  return `${printable(metric.name, 60)} ${gainText(metric, gain)}`;
}
