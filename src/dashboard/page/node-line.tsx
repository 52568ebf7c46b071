import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { formatDuration } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { rangeText } from "../../core/views/gain-range.ts";
import { stepOn } from "../picture/gain.ts";
import { KindMark } from "../picture/legend.tsx";
import { kindOf, verdictText } from "../picture/node-kind.ts";
import { useNowMs } from "./clock.ts";
import { isRunning, type PageRun } from "./page-run.ts";

export interface NodeLineProps {
  readonly node: ExperimentNode | undefined;
  readonly state: PageRun;
  readonly metric: Metric | null;
}

/** One node in one line. It explains a mark without opening it. */
export function NodeLine({ node, state, metric }: NodeLineProps) {
  const live = isRunning(state);
  const activity = node === undefined ? undefined : state.activities.get(node.id);
  const nowMs = useNowMs(live && activity !== undefined);
  if (node === undefined) return <p class="node-line" />;
  const step = metric === null ? null : stepOn(node, metric);
  const text = node.description === "" ? node.reason : node.description;
  return (
    <p class="node-line">
      <KindMark kind={kindOf(node, live)} />
      <b>{node.id}</b>
      <span>
        {live && activity !== undefined && node.phase !== "finished"
          ? `${activity.step}, ${formatDuration(Math.max(0, nowMs - activity.sinceMs))}`
          : verdictText(node, live)}
      </span>
      {metric !== null && step !== null && (
        <span class="number">
          {gainText(metric, step.gain)} ({rangeText(metric, step, node.comparison?.pairs ?? 0)})
        </span>
      )}
      <span class="words">{printable(text, 300)}</span>
    </p>
  );
}
