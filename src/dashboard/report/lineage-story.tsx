import { busyMachineText } from "../../core/judging/busy-machine.ts";
import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { intervalName } from "../../core/statistics/signed-rank.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable, printableBlock } from "../../core/text/printable.ts";
import { depthOf } from "../../core/tree/id.ts";
import { gainSinceRoot } from "../../core/tree/log-gains.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { intervalText } from "../../core/views/gain-range.ts";
import { KindMark } from "../picture/legend.tsx";
import { kindOf, verdictText } from "../picture/node-kind.ts";
import { Pairs } from "./measured.tsx";
import type { LineageStep, RunReport } from "./report.ts";
import { shownMetric } from "./shown-metric.ts";

/** How the champion came about: what was tried, and what it gained. */
export function LineageStory({ report }: { readonly report: RunReport }) {
  const metric = shownMetric(report);
  return (
    <section>
      <h2>How it came about</h2>
      <ol class="story">
        {report.lineage.slice(1).map((step) => (
          <Step key={step.node.id} {...{ step, metric, metrics: report.view.head.metrics }} />
        ))}
      </ol>
    </section>
  );
}

interface StepProps {
  readonly step: LineageStep;
  readonly metric: Metric | null;
  /** In order of priority. */
  readonly metrics: readonly Metric[];
}

function Step({ step: { node, pairs }, metric, metrics }: StepProps) {
  const { description, hypothesis, analysis, reason } = node;
  const own = pairs.filter(({ purpose }) => purpose !== "result");
  return (
    <li>
      <h3>
        <KindMark kind={kindOf(node, false)} /> <code>{node.id}</code>{" "}
        {description === "" ? "no description" : printable(description)}
      </h3>
      <p class="gave">
        {verdictText(node, false)}
        {node.comparison !== null && `: ${gaveText(node, metrics)}`}
        {busyMachineText(node.comparison) !== null && <span class="note">; busy machine</span>}
        {metric !== null && depthOf(node.id) > 1 && node.comparison !== null && (
          <span class="note">
            ; since the baseline {printable(metric.name, 60)}{" "}
            {gainText(metric, gainSinceRoot(node, metric) ?? 0)}
          </span>
        )}
      </p>
      <Prose title="Hypothesis" text={hypothesis} />
      <Prose title="Analysis" text={analysis} />
      {(reason !== "" || own.length > 0) && (
        <details>
          <summary>Evidence</summary>
          {reason !== "" && <p>{printable(reason, 2000)}</p>}
          {metric !== null &&
            own.map((set) => (
              <Pairs key={`${set.purpose} ${set.against}`} set={set} metric={metric} />
            ))}
        </details>
      )}
    </li>
  );
}

/** `time_ms 2.20x faster (95 % interval 2.18x to 2.22x faster), rss_kb +0.4 % (…) in 8 pairs` */
function gaveText({ comparison }: ExperimentNode, metrics: readonly Metric[]): string {
  if (comparison === null) return "";
  const { pairs } = comparison;
  const gains = comparison.metrics.map((compared) => {
    const metric = metricNamed(metrics, compared.name);
    const interval = intervalText(metric, compared, pairs, intervalName(pairs));
    return `${printable(metric.name, 60)} ${gainText(metric, compared.gain)} (${interval})`;
  });
  return `${gains.join(", ")} in ${formatCounted(comparison.pairs, "pair")}`;
}

function Prose({ title, text }: { readonly title: string; readonly text: string }) {
  if (text.trim() === "") return null;
  return (
    <p class="prose">
      <b>{title}.</b> {printableBlock(text.trim())}
    </p>
  );
}
