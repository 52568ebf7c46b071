import { noisyMargin } from "../../core/judging/criterion.ts";
import { decidingMetric, type EarlyStopRule } from "../../core/judging/early-stop.ts";
import { baselineOn } from "../../store/machine-record.ts";
import type { Run } from "../run/run.ts";

/** The rule by which this run stops a child's benchmark early; `null` where each continues to its end. */
export function earlyStopRuleOf({
  records: { store },
  problem: { config },
  lab: { machine },
}: Run) {
  const { metrics, aggregates, rowRule, calibration } = baselineOn(store.record, machine);
  const { earlyStop, weights, minEffectRatio } = config.metrics;
  if (!earlyStop) return null;
  const index = decidingMetric(metrics, weights);
  if (index === null || rowRule.kinds[index] !== "series" || rowRule.streamNoise === null) {
    return null;
  }
  const [metric, aggregate] = [metrics[index], aggregates[index]];
  if (metric === undefined || aggregate === undefined) return null;
  const known = calibration?.metrics.find(({ name }) => name === metric.name);
  const rule: EarlyStopRule = {
    metric,
    index,
    aggregate,
    warmupRows: rowRule.warmupRows,
    noise: rowRule.streamNoise,
    margin: noisyMargin(known?.kind === "noisy" ? known.sigma : 0, minEffectRatio),
  };
  return rule;
}
