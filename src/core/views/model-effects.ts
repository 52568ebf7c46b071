import { gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { formatCost, formatCount, formatCounted } from "../text/number.ts";
import { printable } from "../text/printable.ts";
import type { ExperimentNode, Usage } from "../tree/node.ts";
import { sumOfUsage } from "../tree/usage.ts";
import { isGain, isLost } from "../tree/verdict.ts";

/** What one of several models brought to a run. */
export interface ModelEffect {
  readonly model: string;
  readonly experiments: number;
  readonly gains: number;
  /** The greatest gain over a parent on the first metric, as records have gains; `null` without any. */
  readonly best: number | null;
  readonly usage: Usage;
}

/** By name; none for a run of one model. */
export function modelEffects(
  nodes: readonly ExperimentNode[],
  metric: Metric | undefined,
): ModelEffect[] {
  const models = [...new Set(nodes.flatMap(({ model }) => model ?? []))].sort();
  return models.map((model) => {
    const own = nodes.filter((node) => node.model === model);
    const gained = own.filter(({ verdict }) => isGain(verdict));
    const steps = gained.flatMap(
      ({ comparison }) => comparison?.metrics.find(({ name }) => name === metric?.name)?.gain ?? [],
    );
    return {
      model,
      experiments: own.filter(({ phase, verdict }) => phase === "finished" && !isLost(verdict))
        .length,
      gains: gained.length,
      best: steps.length === 0 ? null : Math.max(...steps),
      usage: sumOfUsage(own.map(({ usage }) => usage)),
    };
  });
}

/** A model's name, and such as `12 experiments, 3 gains, the best -12.0 %, 800,000 tokens, $3.20`. */
export function modelFigure(
  { model, experiments, gains, best, usage }: ModelEffect,
  metric: Metric | undefined,
): readonly [name: string, text: string] {
  const parts = [
    formatCounted(experiments, "experiment"),
    formatCounted(gains, "gain"),
    ...(best === null || metric === undefined ? [] : [`the best ${gainText(metric, best)}`]),
    `${formatCount(usage.tokens)} tokens`,
    usage.costUsd === null ? "cost unknown" : formatCost(usage.costUsd),
  ];
  return [printable(model, 60), parts.join(", ")];
}
