import { z } from "zod";
import { WHOLE_CSV } from "../core/metrics/choice.ts";
import type { RowRule } from "../core/metrics/row-rule.ts";

/** `run.json` of loopty 0.1 as this version writes it, so that such a run is shown, applied and resumed. */
export function upgradeRunRecord(stored: unknown): unknown {
  return joinBaselineFields(nameLimits(nameScale(nameChoices(nameFormat(stored)))));
}

const withoutFormat = z.looseObject({
  config: z.looseObject({
    metrics: z.looseObject({ file: z.string(), source: z.undefined().optional() }),
  }),
});

/** There was one format, and no choice of metrics. Keys keep the order of the schema, by which configs are compared. */
function nameFormat(stored: unknown): unknown {
  const known = withoutFormat.safeParse(stored);
  if (!known.success) return stored;
  const { config } = known.data;
  const { file, source: _none, ...rest } = config.metrics;
  const metrics = { file, source: WHOLE_CSV, guards: {}, ...rest };
  return { ...known.data, config: { ...config, metrics } };
}

const withSearch = z.looseObject({
  config: z.looseObject({
    search: z.looseObject({
      seed: z.unknown(),
      merges: z.unknown().optional(),
      effort: z.unknown().optional(),
    }),
  }),
});

/** Nothing was merged, and effort was no choice. What is judged from now on is judged as a new run would do it. */
function nameChoices(stored: unknown): unknown {
  const known = withSearch.safeParse(stored);
  if (!known.success) return stored;
  const { config } = known.data;
  const { seed, merges = false, effort = "auto", ...rest } = config.search;
  const search = { ...rest, merges, seed, effort };
  return { ...known.data, config: { ...config, search } };
}

const withoutScale = z.looseObject({
  config: z.looseObject({
    metrics: z.looseObject({ minEffectRatio: z.unknown(), scale: z.undefined().optional() }),
  }),
});

/** Every comparison chose its scale by itself. */
function nameScale(stored: unknown): unknown {
  const known = withoutScale.safeParse(stored);
  if (!known.success) return stored;
  const { config } = known.data;
  const { scale: _none, suspiciousFactor, earlyStop, ...rest } = config.metrics;
  const metrics = { ...rest, scale: {}, suspiciousFactor, earlyStop };
  return { ...known.data, config: { ...config, metrics } };
}

const withoutLimits = z.looseObject({
  config: z.looseObject({
    sandbox: z.looseObject({
      base: z.unknown(),
      setup: z.unknown(),
      network: z.unknown(),
      memoryBytes: z.number(),
      pids: z.unknown(),
      diskBytes: z.unknown(),
      shmBytes: z.undefined().optional(),
    }),
  }),
});
const MIB = 1024 ** 2;

/** These sizes were fixed. */
function nameLimits(stored: unknown): unknown {
  const known = withoutLimits.safeParse(stored);
  if (!known.success) return stored;
  const { config } = known.data;
  const {
    base,
    setup,
    network,
    memoryBytes,
    pids,
    diskBytes,
    shmBytes: _none,
    ...rest
  } = config.sandbox;
  const fixed = {
    shmBytes: 64 * MIB,
    tmpBytes: Math.min(512 * MIB, Math.floor(memoryBytes / 2)),
    files: 4096,
  };
  const sandbox = { base, setup, network, memoryBytes, pids, diskBytes, ...fixed, ...rest };
  return { ...known.data, config: { ...config, sandbox } };
}

const separateFields = z.looseObject({
  buildOutputs: z.unknown(),
  metrics: z.array(z.unknown()).nullable(),
  aggregates: z.unknown(),
  rowRule: z.unknown().optional(),
  benchmarkMs: z.unknown(),
  calibration: z.unknown(),
});

/** What the baseline showed were separate fields, each `null` until it was known. */
function joinBaselineFields(stored: unknown): unknown {
  const separate = separateFields.safeParse(stored);
  if (!separate.success) return stored;
  const { buildOutputs, metrics, aggregates, rowRule, benchmarkMs, calibration, ...rest } =
    separate.data;
  if (metrics === null) return { ...rest, baseline: null };
  const read = rowRule ?? allRows(metrics.length);
  return {
    ...rest,
    baseline: { buildOutputs, metrics, aggregates, rowRule: read, benchmarkMs, calibration },
  };
}

/** The first records name no rule: every row was a sample. */
function allRows(metrics: number): RowRule {
  return {
    kinds: Array.from({ length: metrics }, () => "samples"),
    warmupRows: 0,
    fixedRows: false,
    fewestRows: null,
    streamNoise: null,
    addsUp: [],
  };
}
