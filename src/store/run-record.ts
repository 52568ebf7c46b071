import { z } from "zod";
import { accessSchema } from "../config/schema/access.ts";
import type { AccessRules } from "../core/access/policy.ts";
import { paceStateSchema } from "../core/budget/pace.ts";
import { UserError } from "../core/error.ts";
import { workbenchSchema } from "../core/prompt/workbench.ts";
import { type Preference, preferenceOf } from "../core/search/preference.ts";
import { nodeIdSchema, runOf } from "../core/tree/id.ts";
import { objectIdSchema } from "../core/tree/node.ts";
import { resultSchema } from "../core/tree/result.ts";
import { baselineRecordSchema, metricsOf, type WithBaseline } from "./baseline-record.ts";
import { FORMAT_VERSION } from "./files/json-file.ts";
import { machineRecordSchema } from "./machine-record.ts";
import { upgradeRunRecord } from "./run-upgrade.ts";

/** The base image of a run, and what is needed to recognise it or to rebuild nodes on it. */
const baseRecordSchema = z.strictObject({
  tag: z.string(),
  imageId: z.string(),
  layers: z.array(z.string()),
  /** The one time of all writable files in images. */
  fileTime: z.iso.datetime(),
});

/** `run.json`: what a run was started with, and what its baseline showed. */
const fieldsSchema = z
  .strictObject({
    formatVersion: z.literal(FORMAT_VERSION),
    run: z.int().positive(),
    createdAt: z.iso.datetime(),
    seed: z.int(),
    /** The resolved config, as it was. Another version's schema must not keep an old run from being shown. */
    config: z.record(z.string(), z.unknown()),
    /** Engine, cpu, image digests. */
    environment: z.record(z.string(), z.unknown()),
    /** The user's commit when the run started; `null` without a git project. Branches `loopty-<id>` grow from it. */
    userHead: objectIdSchema.nullable(),
    /** The node whose files the baseline has; `null` for the workspace as it stood. */
    from: nodeIdSchema.nullable().default(null),
    /** SHA-256 over the hidden files' names and contents. Other hidden files would be another benchmark. */
    hiddenDigest: z.string(),
    /** `null` until the base is made. */
    base: baseRecordSchema.nullable(),
    /** `null` until the baseline was built and measured. */
    baseline: baselineRecordSchema.nullable(),
    /** The machines of a run that has several, by name; none otherwise. */
    machines: z.record(z.string(), machineRecordSchema).default({}),
    /** How long owners have lent their machines to it, by name. */
    lentMs: z.record(z.string(), z.number().nonnegative()).default({}),
    /** Time spent on it by all processes, up to the last experiment's end; `null` before the first, and in old records. */
    workedMs: z.number().nonnegative().nullable().default(null),
    /** The pace of requests to a model's API; `null` until the first. */
    pace: paceStateSchema.nullable(),
    /** What agents have to work with; `null` until one asked, and in old records. */
    workbench: workbenchSchema.nullable().default(null),
    /** The fresh measurement of the champion against the root, by which a run ends; `null` until then. */
    result: resultSchema.nullable(),
  })
  .refine(({ run, from }) => from === null || runOf(from) < run, {
    path: ["from"],
    error: "is of no earlier run",
  });
export const runRecordSchema = z.preprocess(upgradeRunRecord, fieldsSchema);
export type RunRecord = z.infer<typeof runRecordSchema>;

// A record keeps its config as it was written, perhaps by another version.
const withWeights = z.looseObject({
  metrics: z.looseObject({
    weights: z.record(z.string(), z.number().positive()).nullable(),
    guards: z.record(z.string(), z.number().nonnegative()).default({}),
    minEffectRatio: z.number(),
  }),
});

/** How the nodes of a run are ranked. */
export function preferenceOfRun(record: Pick<RunRecord, "config"> & WithBaseline): Preference {
  const { weights, guards, minEffectRatio } = withWeights.safeParse(record.config).data
    ?.metrics ?? {
    weights: null,
    guards: {},
    minEffectRatio: 0,
  };
  return preferenceOf({
    metrics: metricsOf(record),
    weights,
    guards,
    calibration: record.baseline?.calibration ?? null,
    minEffect: minEffectRatio,
  });
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
    "base" | "baseline" | "machines" | "lentMs" | "workedMs" | "pace" | "workbench" | "result"
  >
>;
