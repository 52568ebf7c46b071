import { z } from "zod";
import { aggregateSchema } from "../core/aggregate.ts";
import { calibrationSchema } from "../core/calibration.ts";
import { nodeIdSchema } from "../core/id.ts";
import { metricSchema } from "../core/metric.ts";
import { comparisonSchema } from "../core/node.ts";
import { paceStateSchema } from "../core/pace.ts";
import { FORMAT_VERSION } from "./json-file.ts";

/** The base image of a run, and what is needed to know it again or to rebuild nodes on it. */
export const baseRecordSchema = z.strictObject({
  tag: z.string(),
  imageId: z.string(),
  layers: z.array(z.string()),
  /** The one time of all writable files in images. */
  fileTime: z.iso.datetime(),
});
export type BaseRecord = z.infer<typeof baseRecordSchema>;

/** `run.json`: what a run was started with, and what its baseline showed. */
export const runRecordSchema = z.strictObject({
  formatVersion: z.literal(FORMAT_VERSION),
  run: z.int().positive(),
  createdAt: z.iso.datetime(),
  seed: z.int(),
  /** The resolved config, as it was: another version's schema must not keep an old run from being shown. */
  config: z.record(z.string(), z.unknown()),
  /** Engine, cpu, image digests. */
  environment: z.record(z.string(), z.unknown()),
  /** The user's commit when the run started; `null` without a git project. Branches `loopty-<id>` grow from it. */
  userHead: z.string().nullable(),
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
  /** Of requests to a model's API; `null` until the first. */
  pace: paceStateSchema.nullable(),
  /** The fresh measurement of the champion against the root, by which a run ends; `null` until then. */
  result: z.strictObject({ champion: nodeIdSchema, comparison: comparisonSchema }).nullable(),
  /** How rows become one value, by metric; chosen once from the baseline's rows. */
  aggregates: z.array(aggregateSchema).nullable(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** What the caller knows of a run before it has a number. */
export type RunStart = Pick<
  RunRecord,
  "seed" | "config" | "environment" | "userHead" | "hiddenDigest"
>;

/** What becomes known while the base and the baseline are made. */
export type RunFindings = Partial<
  Pick<
    RunRecord,
    | "base"
    | "buildOutputs"
    | "metrics"
    | "aggregates"
    | "calibration"
    | "benchmarkMs"
    | "pace"
    | "result"
  >
>;
