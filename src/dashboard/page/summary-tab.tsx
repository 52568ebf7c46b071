import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import {
  formatCost,
  formatCount,
  formatCounted,
  formatDuration,
  formatValue,
} from "../../core/text/number.ts";
import { printable, printableBlock } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { gainSinceRoot } from "../../core/tree/log-gains.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { rangeText } from "../../core/views/gain-range.ts";
import { shortId } from "../picture/leaf-label.ts";
import { Commands } from "./commands.tsx";
import { nodeHash } from "./route.ts";

export interface SummaryTabProps {
  readonly node: ExperimentNode;
  readonly metrics: readonly Metric[];
  readonly champion: NodeId | null;
  /** Whether the run has nodes on several machines. */
  readonly showsMachine: boolean;
}

export function SummaryTab({ node, metrics, champion, showsMachine }: SummaryTabProps) {
  return (
    <>
      <Prose title="description" text={node.description} />
      <Prose title="hypothesis" text={node.hypothesis} />
      <Values node={node} metrics={metrics} />
      <Prose title={node.comparison === null ? "reason" : "verdict"} text={node.reason} />
      <Prose title="analysis" text={node.analysis} />
      <Facts {...{ node, champion, showsMachine }} />
      <Commands node={node} />
    </>
  );
}

function Prose({ title, text }: { readonly title: string; readonly text: string }) {
  if (text.trim() === "") return null;
  return (
    <section class="prose">
      <h3>{title}</h3>
      <p>{printableBlock(text.trim())}</p>
    </section>
  );
}

function Values({ node, metrics }: Pick<SummaryTabProps, "node" | "metrics">) {
  const { comparison } = node;
  const own = Object.entries(node.metrics);
  if (comparison === null && own.length === 0) return null;
  const direction = (name: string) => metrics.find((metric) => metric.name === name)?.direction;
  return (
    <table class="values">
      <thead>
        <tr>
          <th scope="col">metric</th>
          <th scope="col" title={node.id}>
            {shortId(node.id)}
          </th>
          {comparison !== null && (
            <>
              <th scope="col" title={comparison.against}>
                {shortId(comparison.against)}
              </th>
              <th scope="col">gain</th>
              <th scope="col" title="since the baseline">
                since {node.id.split(".", 1)}
              </th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {comparison === null
          ? own.map(([name, value]) => (
              <tr key={name}>
                <MetricName name={name} direction={direction(name)} />
                <td>{formatValue(value)}</td>
              </tr>
            ))
          : comparison.metrics.map((compared) => {
              const metric = metricNamed(metrics, compared.name);
              const since = gainSinceRoot(node, metric);
              return (
                <tr key={metric.name}>
                  <MetricName name={metric.name} direction={direction(metric.name)} />
                  <td>{formatValue(compared.value)}</td>
                  <td>{formatValue(compared.against)}</td>
                  <td class={compared.gainLow > 0 ? "good" : compared.gainHigh < 0 ? "bad" : ""}>
                    {gainText(metric, compared.gain)}{" "}
                    <small>{rangeText(metric, compared, comparison.pairs)}</small>
                  </td>
                  <td>{since === null ? "" : gainText(metric, since)}</td>
                </tr>
              );
            })}
      </tbody>
    </table>
  );
}

function MetricName({
  name,
  direction,
}: {
  name: string;
  direction: Metric["direction"] | undefined;
}) {
  return (
    <th scope="row">
      {printable(name)} {direction !== undefined && <small>{direction} is better</small>}
    </th>
  );
}

function Facts({ node, champion, showsMachine }: Omit<SummaryTabProps, "metrics">) {
  const { diff, usage, comparison, createdAt, finishedAt } = node;
  const cost = usage.costUsd === null ? "unknown cost" : formatCost(usage.costUsd);
  const facts: readonly (readonly [string, string])[] = [
    ["champion", node.id === champion ? "yes" : ""],
    ["machine", showsMachine ? printable(node.machine) : ""],
    ["model", printable(node.model ?? "")],
    [
      "change",
      diff === null
        ? ""
        : `${formatCounted(diff.filesChanged, "file")}, +${formatCount(diff.linesAdded)} −${formatCount(diff.linesRemoved)} lines`,
    ],
    ["pairs", comparison === null ? "" : formatCount(comparison.pairs)],
    ["unverified", node.unverified ? "too few pairs for an exact test" : ""],
    ["suspicious", node.suspicious ? "larger than metrics.suspicious in one step" : ""],
    ["repairs", node.repairs === 0 ? "" : formatCount(node.repairs)],
    ["dropped", node.dropped.map((path) => printable(path)).join(", ")],
    [
      "took",
      finishedAt === null
        ? ""
        : formatDuration(Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt))),
    ],
    ["started", createdAt.slice(0, 19).replace("T", " ")],
    ["usage", usage.tokens === 0 ? "" : `${formatCounted(usage.tokens, "token")}, ${cost}`],
    ["image", printable(node.snapshot?.tag ?? "")],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, text]) => text !== "")
        .map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      {node.duplicateOf !== null && (
        <div>
          <dt>repeats</dt>
          <dd>
            <a href={nodeHash(node.duplicateOf)}>{node.duplicateOf}</a>
          </dd>
        </div>
      )}
    </dl>
  );
}
