import { UserError } from "../error.ts";
import type { Metric } from "../metrics/metric.ts";
import { ownValue } from "../own-value.ts";
import { nearestName } from "../text/nearest.ts";
import { formatValue } from "../text/number.ts";
import { printable } from "../text/printable.ts";
import type { ExperimentNode } from "../tree/node.ts";

/** Values that are good enough, by metric name and in the metric's unit. */
export type Goals = Readonly<Record<string, number>>;

/**
 * `1.3.2 reaches the goal: time_ms 11.8 (12 or lower)`, or `null` unless all goals are reached. A goal is not reached
 * if the node has no value for its metric.
 */
export function reachedGoals(
  node: ExperimentNode,
  until: Goals,
  metrics: readonly Metric[],
): string | null {
  const texts = Object.entries(until).map(([name, goal]) => {
    const direction = metrics.find((metric) => metric.name === name)?.direction;
    const value = ownValue(node.metrics, name);
    if (direction === undefined || value === undefined) return null;
    if (direction === "lower" ? value > goal : value < goal) return null;
    return `${name} ${formatValue(value)} (${formatValue(goal)} or ${direction})`;
  });
  const goals = texts.length === 1 ? "goal" : "goals";
  return texts.includes(null) ? null : `${node.id} reaches the ${goals}: ${texts.join(", ")}`;
}

/** Throws `UserError` where a goal names no metric of the benchmark, because it could never be reached. */
export function checkGoals(until: Goals | null, metrics: readonly Metric[]): void {
  const known = metrics.map(({ name }) => name);
  for (const name of Object.keys(until ?? {})) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    throw new UserError(`budget.until names "${printable(name)}", which is no metric`, {
      hint: nearest === null ? `the metrics are ${known.join(", ")}` : `did you mean "${nearest}"?`,
    });
  }
}
