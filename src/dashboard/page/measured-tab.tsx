import { useMemo } from "preact/hooks";
import type { Purpose } from "../../core/events/event.ts";
import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { ownValue } from "../../core/own-value.ts";
import { lostLinesText } from "../../core/text/json.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { rangeText } from "../../core/views/gain-range.ts";
import type { FirstRunRows, NodeView } from "../node-view.ts";
import type { PairSet } from "../pair-view.ts";
import { PairPicture } from "../picture/pair-picture.tsx";
import type { Activity } from "./activity.ts";
import { Plot } from "./plot.tsx";
import { useSize } from "./size.ts";

export interface MeasuredTabProps {
  readonly node: ExperimentNode;
  readonly metrics: readonly Metric[];
  readonly metric: Metric | null;
  readonly view: NodeView | null;
  readonly activity: Activity | null;
}

const WHY: Readonly<Record<Purpose, string>> = {
  calibrate: "calibration",
  judge: "verdict",
  guard: "guard",
  confirm: "confirmation",
  result: "result of the run",
  compare: "comparison asked for",
};

export function MeasuredTab({ node, metrics, metric, view, activity }: MeasuredTabProps) {
  const rows = useMemo(() => liveRows(activity) ?? view?.streamed ?? null, [activity, view]);
  const { entries: pairs, lostLines } = view?.pairs ?? { entries: [], lostLines: 0 };
  if (rows === null && pairs.length === 0 && lostLines === 0) {
    return <p class="note">{node.phase === "finished" ? "nothing was measured" : "not yet"}</p>;
  }
  const place = Math.max(
    0,
    metrics.findIndex(({ name }) => name === metric?.name),
  );
  return (
    <>
      {lostLines > 0 && <p class="note">{lostLinesText(lostLines, "runs.jsonl")}</p>}
      {pairs.map((set, k) => (
        <Pairs key={k} set={set} place={place} metrics={metrics} />
      ))}
      {rows !== null && (
        <section>
          <h3>
            rows of one run
            {activity !== null && activity.rows.length > 0 ? `: ${activity.rowsOf}` : ""},{" "}
            {formatCounted(rows.iterations.length, "row")}
          </h3>
          {rows.columns.map(({ name, values }) => (
            <Plot key={name} title={name} x={rows.iterations} y={values} />
          ))}
        </section>
      )}
    </>
  );
}

interface PairsProps {
  readonly set: PairSet;
  readonly place: number;
  readonly metrics: readonly Metric[];
}

function Pairs({ set, place, metrics }: PairsProps) {
  const [box, { width }] = useSize<HTMLDivElement>();
  const compared = set.comparison.metrics[place];
  const metric = metrics[place];
  if (compared === undefined || metric === undefined) return null;
  const text = `${gainText(metric, compared.gain)} (${rangeText(metric, compared, set.dots.length)})`;
  return (
    <section class="pairs">
      <h3>
        {WHY[set.purpose]}: {printable(metric.name)} against {set.against},{" "}
        {formatCounted(set.dots.length, "pair")}
      </h3>
      <div ref={box}>
        {width > 0 && (
          <svg
            class="pair-picture"
            width={width}
            height={PairPicture.height}
            role="img"
            aria-label={`${formatCounted(set.dots.length, "pair")}, ${text}`}
          >
            <PairPicture set={set} metric={metric} place={place} width={width} />
          </svg>
        )}
      </div>
      <p>
        <span class="number">{text}</span> <span class="note">{PairPicture.key}</span>
      </p>
    </section>
  );
}

/** The rows that stream now, in the form of the stored ones. */
function liveRows(activity: Activity | null): FirstRunRows | null {
  if (activity === null || activity.rows.length === 0) return null;
  const names = Object.keys(activity.rows[0]?.values ?? {});
  return {
    iterations: activity.rows.map(({ iteration }) => iteration),
    columns: names.map((name) => ({
      name,
      values: activity.rows.map(({ values }) => ownValue(values, name) ?? 0),
    })),
  };
}
