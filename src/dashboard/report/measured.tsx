import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { intervalName } from "../../core/statistics/signed-rank.ts";
import { formatCounted, formatValue } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { Comparison } from "../../core/tree/node.ts";
import { intervalText, rangeText } from "../../core/views/gain-range.ts";
import type { PairSet } from "../pair-view.ts";
import { PairPicture } from "../picture/pair-picture.tsx";
import { directionText } from "./metric-text.ts";

const WIDTH = 640;

export interface MetricTableProps {
  readonly comparison: Comparison;
  /** In order of priority. */
  readonly metrics: readonly Metric[];
}

/** The comparison of two nodes, a metric a row. */
export function MetricTable({ comparison, metrics }: MetricTableProps) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">metric</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col">gain</th>
            <th scope="col">{intervalName(comparison.pairs)}</th>
          </tr>
        </thead>
        <tbody>
          {comparison.metrics.map((compared) => {
            const { name, value, against, gain, gainLow, gainHigh } = compared;
            const metric = metricNamed(metrics, name);
            return (
              <tr key={name}>
                <th scope="row">
                  {printable(name, 60)} <small>{directionText(metrics, name)}</small>
                </th>
                <td>{formatValue(against)}</td>
                <td>{formatValue(value)}</td>
                <td class={gainLow > 0 ? "good" : gainHigh < 0 ? "bad" : ""}>
                  {gainText(metric, gain)}
                </td>
                <td>{rangeText(metric, compared, comparison.pairs)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const WHY: Readonly<Partial<Record<PairSet["purpose"], string>>> = {
  judge: "for the verdict",
  confirm: "to confirm it",
  result: "for the result",
};

export interface PairsProps {
  readonly set: PairSet;
  readonly metric: Metric;
}

/** Pairs as dots, with the interval. */
export function Pairs({ set, metric }: PairsProps) {
  const place = set.comparison.metrics.findIndex(({ name }) => name === metric.name);
  const compared = set.comparison.metrics[place];
  if (compared === undefined) return null;
  const count = formatCounted(set.dots.length, "pair");
  const text = `${printable(metric.name, 60)} ${gainText(metric, compared.gain)}, ${intervalText(metric, compared, set.dots.length, intervalName(set.dots.length))}`;
  return (
    <figure>
      <svg
        class="pair-picture"
        viewBox={`0 0 ${WIDTH} ${PairPicture.height}`}
        width={WIDTH}
        height={PairPicture.height}
        role="img"
        aria-label={`${count}: ${text}`}
      >
        <PairPicture set={set} metric={metric} place={place} width={WIDTH} />
      </svg>
      <figcaption>
        {count} against {set.against} {WHY[set.purpose] ?? ""}: {text} ({PairPicture.key})
      </figcaption>
    </figure>
  );
}
