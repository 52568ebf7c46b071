import { z } from "zod";
import { accessSchema } from "../config/schema/access.ts";
import type { AccessRules } from "../core/access/policy.ts";
import { paceStateSchema } from "../core/budget/pace.ts";
import { UserError } from "../core/error.ts";
import { calibrationSchema } from "../core/judging/calibration.ts";
import { aggregateSchema } from "../core/metrics/aggregate.ts";
import { metricSchema } from "../core/metrics/metric.ts";
import { rowRuleSchema } from "../core/metrics/row-rule.ts";
import { type Preference, preferenceOf } from "../core/search/preference.ts";
import { nodeIdSchema, runOf } from "../core/tree/id.ts";
import { comparisonSchema, objectIdSchema } from "../core/tree/node.ts";
import { FORMAT_VERSION } from "./files/json-file.ts";

/** The base image of a run, and what is needed to know it again or to rebuild nodes on it. */
const baseRecordSchema = z.strictObject({
  tag: z.string(),
  imageId: z.string(),
  layers: z.array(z.string()),
  /** The one time of all writable files in images. */
  fileTime: z.iso.datetime(),
});

/** `run.json`: what a run was started with, and what its baseline showed. */
export const runRecordSchema = z
  .strictObject({
    formatVersion: z.literal(FORMAT_VERSION),
    run: z.int().positive(),
    createdAt: z.iso.datetime(),
    seed: z.int(),
    /** The resolved config, as it was: another version's schema must not keep an old run from being shown. */
    config: z.record(z.string(), z.unknown()),
    /** Engine, cpu, image digests. */
    environment: z.record(z.string(), z.unknown()),
    /** The user's commit when the run started; `null` without a git project. Branches `loopty-<id>` grow from it. */
    userHead: objectIdSchema.nullable(),
    /** The node whose files the baseline has; `null` for the workspace as it stood. */
    from: nodeIdSchema.nullable().default(null),
    /** SHA-256 over the hidden files' names and contents: other hidden files would be another benchmark. */
    hiddenDigest: z.string(),
    /** `null` until the base is made. */
    base: baseRecordSchema.nullable(),
    /** Paths that the baseline's build made; `null` until it was built. */
    buildOutputs: z.array(z.string()).nullable(),
    /** In order of priority; `null` until the baseline was measured. */
    metrics: z.array(metricSchema).nullable(),
    /** From the baseline measured against itself; `null` until then, and where benchmarks are too long for it. */
    calibration: calibrationSchema.nullable(),
    /** What one run of the benchmark took for the baseline, with its container's start; `null` until it was measured. */
    benchmarkMs: z.number().nonnegative().nullable(),
    /** Time spent on it by all processes so far, up to the last experiment's end; `null` before the first, and in old records. */
    workedMs: z.number().nonnegative().nullable().default(null),
    /** Of requests to a model's API; `null` until the first. */
    pace: paceStateSchema.nullable(),
    /** The fresh measurement of the champion against the root, by which a run ends; `null` until then. */
    result: z.strictObject({ champion: nodeIdSchema, comparison: comparisonSchema }).nullable(),
    /** How rows become one value, by metric; chosen once from the baseline's rows. */
    aggregates: z.array(aggregateSchema).nullable(),
    /** How rows are read; `null` until the baseline was measured, and in old records, whose rows were all samples. */
    rowRule: rowRuleSchema.nullable().default(null),
  })
  .refine(({ run, from }) => from === null || runOf(from) < run, {
    path: ["from"],
    error: "is of no earlier run",
  });
export type RunRecord = z.infer<typeof runRecordSchema>;

// A record keeps its config as it was written, perhaps by another version.
const withWeights = z.looseObject({
  metrics: z.looseObject({
    weights: z.record(z.string(), z.number().positive()).nullable(),
    minEffectRatio: z.number(),
  }),
});

/** By what the nodes of a run are ranked. */
export function preferenceOfRun({
  config,
  metrics,
  calibration,
}: Pick<RunRecord, "config" | "metrics" | "calibration">): Preference {
  const { weights, minEffectRatio } = withWeights.safeParse(config).data?.metrics ?? {
    weights: null,
    minEffectRatio: 0,
  };
  return preferenceOf({ metrics: metrics ?? [], weights, calibration, minEffect: minEffectRatio });
}

const withAccess = z.looseObject({ access: accessSchema });

/** What the agent of a run could change. Throws `UserError` where the record's config cannot be understood. */
export function accessOfRun({ run, config }: Pick<RunRecord, "run" | "config">): AccessRules {
  const known = withAccess.safeParse(config);
  if (known.success) return known.data.access;
  throw new UserError(`the access rules of run ${run} cannot be read: another version wrote them`, {
    hint: "apply the node with that version, then start from the workspace",
  });
}

/** What the caller knows of a run before it has a number. */
export type RunStart = Pick<
  RunRecord,
  "seed" | "config" | "environment" | "userHead" | "from" | "hiddenDigest"
> &
  Partial<Pick<RunRecord, "base">>;

/** What becomes known while the base and the baseline are made. */
export type RunFindings = Partial<
  Pick<
    RunRecord,
    | "base"
    | "buildOutputs"
    | "metrics"
    | "aggregates"
    | "rowRule"
    | "calibration"
    | "benchmarkMs"
    | "workedMs"
    | "pace"
    | "result"
  >
>;
