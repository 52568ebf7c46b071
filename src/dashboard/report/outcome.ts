import { intervalName } from "../../core/statistics/signed-rank.ts";
import { formatCount, formatCounted, formatGain } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { logGainOn } from "../../core/tree/log-gains.ts";
import type { Comparison, ExperimentNode, MetricComparison } from "../../core/tree/node.ts";
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
      readonly metric: string;
      readonly gain: number;
    }
  /** The fresh measurement of the champion against the root. */
  | {
      readonly kind: "measured";
      readonly champion: NodeId;
      readonly comparison: Comparison;
      /** The first metric that is surely better, else the first. */
      readonly metric: MetricComparison;
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
    const metric = better ?? first;
    const proven = better !== undefined;
    return { kind: "measured", champion: champion.id, comparison, metric, proven };
  }
  const metric = metrics[0]?.name ?? "";
  return { kind: "found", champion: champion.id, metric, gain: gainSinceRoot(champion, metric) };
}

/** The gain of all steps of its lineage together: 0.12 is 12 % better. */
export function gainSinceRoot(node: ExperimentNode, metric: string): number {
  return Math.expm1(logGainOn(node, metric));
}

/** The outcome in the few words of a title, such as `time_ms 4.37x`. */
export function outcomeTitle(outcome: RunOutcome): string {
  switch (outcome.kind) {
    case "no_baseline":
      return "nothing measured";
    case "no_gain":
      return "no gain";
    case "found":
      return `${gainText(outcome.metric, outcome.gain)}, not measured afresh`;
    case "measured":
      return outcome.proven ? gainText(outcome.metric.name, outcome.metric.gain) : "no proven gain";
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
        `By the sum of its steps ${outcome.champion} is ${gainText(outcome.metric, outcome.gain)} against the baseline. ` +
        "That was not measured afresh, so there is no interval for it."
      );
    case "measured": {
      const { metric, comparison, champion, proven } = outcome;
      const pairs = formatCounted(comparison.pairs, "fresh pair");
      const interval = intervalText(metric, comparison.pairs, intervalName(comparison.pairs));
      const figures = `${gainText(metric.name, metric.gain)}, ${interval}, ${pairs} of ${champion} against ${comparison.against}`;
      return proven
        ? `${figures}.`
        : `The champion is not proven to be better than the baseline: ${figures}.`;
    }
  }
}

function gainText(name: string, gain: number): string {
  return `${printable(name, 60)} ${formatGain(gain)}`;
}
