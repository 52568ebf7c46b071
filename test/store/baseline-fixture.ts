import type { Metric } from "../../src/core/metrics/metric.ts";
import type { BaselineRecord } from "../../src/store/baseline-record.ts";

/** A baseline as it is recorded before its calibration: rows are samples, a run of the benchmark took 100 ms. */
export function baselineWith(
  metrics: readonly Metric[],
  more: Partial<BaselineRecord> = {},
): BaselineRecord {
  return {
    buildOutputs: [],
    machine: "local",
    metrics: [...metrics],
    aggregates: metrics.map(() => "median"),
    rowRule: {
      kinds: metrics.map(() => "samples"),
      warmupRows: 0,
      fixedRows: false,
      fewestRows: null,
      streamNoise: null,
      addsUp: [],
    },
    benchmarkMs: 100,
    calibration: null,
    ...more,
  };
}
