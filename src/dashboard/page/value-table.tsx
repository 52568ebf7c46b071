import { useMemo } from "preact/hooks";
import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { formatCount } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { parameterEffects, type TunedParameter } from "../../core/views/parameter-effects.ts";

interface ValueTableProps {
  readonly nodes: readonly ExperimentNode[];
  readonly parameters: readonly TunedParameter[];
  readonly metric: Metric;
}

/** What each value of the tuner brought. It is closed until somebody asks. */
export function ValueTable({ nodes, parameters, metric }: ValueTableProps) {
  const effects = useMemo(
    () => parameterEffects(nodes, parameters, metric),
    [nodes, parameters, metric],
  );
  const said = (gain: number | null) => (gain === null ? "" : gainText(metric, gain));
  return (
    <details class="values">
      <summary>values</summary>
      <table>
        <caption>
          {printable(metric.name)} since the baseline, of the experiments that had the value
        </caption>
        <thead>
          <tr>
            {["parameter", "value", "experiments", "measured", "best", "median"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {effects.flatMap(({ name, values }) =>
            values.map(({ value, experiments, measured, best, median }, index) => (
              <tr key={`${name} ${value}`}>
                <th scope="row">{index === 0 ? printable(name) : ""}</th>
                <td>{printable(value)}</td>
                <td>{formatCount(experiments)}</td>
                <td>{formatCount(measured)}</td>
                <td>{said(best)}</td>
                <td>{said(median)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </details>
  );
}
