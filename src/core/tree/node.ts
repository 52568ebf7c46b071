import { z } from "zod";
import { evidenceSchema } from "./evidence.ts";
import { nodeIdSchema } from "./id.ts";
import { lessonSchema, NO_LESSON } from "./lesson.ts";
import { LOCAL_MACHINE } from "./machine.ts";
import { verdictSchema } from "./verdict.ts";

/** One metric of a child against its parent, from pairs. Gains are ratios: 0.12 is 12 % better, whatever the direction. */
const metricComparisonSchema = z.strictObject({
  name: z.string(),
  /** Median of the node's own runs, in the metric's unit. */
  value: z.number(),
  /** Median of the runs of the node it was compared with. */
  against: z.number(),
  gain: z.number(),
  /** 95 % Walsh interval of the gain; with fewer than 6 pairs the widest one there is. */
  gainLow: z.number(),
  gainHigh: z.number(),
  /** One-sided exact signed-rank p of "better". */
  pBetter: z.number(),
});
export type MetricComparison = z.infer<typeof metricComparisonSchema>;

export const comparisonSchema = z.strictObject({
  against: nodeIdSchema,
  pairs: z.int().nonnegative(),
  /** How many of them something else disturbed; missing where nothing did. */
  disturbed: z.int().positive().optional(),
  /** In order of priority. */
  metrics: z.array(metricComparisonSchema),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** A commit or tree of a git repository by its whole hash. A whole hash can never be read as an option of git. */
export const objectIdSchema = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "is not the id of a git object");

/** A node's image: base + at most one layer with the node's writable files (docs/architecture.md, must 2). */
const snapshotSchema = z.strictObject({
  tag: z.string(),
  imageId: z.string(),
  /**
   * Digest of the one layer above the base's (an entry of RootFS.Layers). `null` where the engine made none: containerd's
   * store adds no layer for a node without any file.
   */
  layerDigest: z.string().nullable(),
  baseId: z.string(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** The layers that a node's image must have on its base's, lowest first. */
export function snapshotLayers(
  base: readonly string[],
  { layerDigest }: Pick<Snapshot, "layerDigest">,
): readonly string[] {
  return layerDigest === null ? base : [...base, layerDigest];
}

/** What a node's agent used. Cache reads are no part of `tokens` (docs/config.md says why). */
export const usageSchema = z.strictObject({
  tokens: z.int().nonnegative(),
  cacheReadTokens: z.int().nonnegative(),
  /** `null` where the model's price is unknown; never 0 for unknown. */
  costUsd: z.number().nonnegative().nullable(),
});
export type Usage = z.infer<typeof usageSchema>;

/**
 * reserved: the id is taken, nothing else is certain · proposed: files, commit and snapshot are stored, so a resumed
 * run measures the node without asking the agent again · finished: the verdict stands.
 */
const nodePhaseSchema = z.enum(["reserved", "proposed", "finished"]);

export const experimentNodeSchema = z.strictObject({
  id: nodeIdSchema,
  parent: nodeIdSchema.nullable(),
  /** Order of reservation within the run; the baseline is 0. The run's metrics.csv calls it the iteration. */
  ordinal: z.int().nonnegative(),
  /** The order of the run's `steering/` that handed its change in; `null` for any other node, and in old records. */
  order: z.int().positive().nullable().default(null),
  phase: nodePhaseSchema,
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  description: z.string(),
  hypothesis: z.string(),
  analysis: z.string(),
  /** Empty in old records. */
  lesson: lessonSchema.default(NO_LESSON),
  /** Commit and tree in `code.git` that hold the node's cumulative writable files. */
  commit: objectIdSchema.nullable(),
  tree: objectIdSchema.nullable(),
  diff: z
    .strictObject({
      path: z.string(),
      sha256: z.string(),
      filesChanged: z.int().nonnegative(),
      linesAdded: z.int().nonnegative(),
      linesRemoved: z.int().nonnegative(),
    })
    .nullable(),
  snapshot: snapshotSchema.nullable(),
  /** `null` while unfinished, and for a baseline that passed. */
  verdict: verdictSchema.nullable(),
  /** One sentence that says why. */
  reason: z.string(),
  /** Of what its build made, build ids and times left out; `null` where that is not known. */
  outputDigest: z.string().nullable().default(null),
  /** The node of another branch whose change is in it beside its parent's; `null` for what was not merged. */
  merged: nodeIdSchema.nullable().default(null),
  /** The node of whose change this is the smallest part known that is not worse; `null` for any other. */
  distilledFrom: nodeIdSchema.nullable().default(null),
  /** The node all of whose new lines its own change has again, which was no good; `null` where there is none, and in old records. */
  linesAgain: z.strictObject({ of: nodeIdSchema, verdict: verdictSchema }).nullable().default(null),
  /** The node that this one repeats, for the verdict `duplicate`. */
  duplicateOf: nodeIdSchema.nullable(),
  /** The machine that its agent works on, and that measures it. */
  machine: z.string().default(LOCAL_MACHINE),
  /** The model that worked on it, in a run that several share; `null` in any other. */
  model: z.string().nullable().default(null),
  /** The OCI runtime that the node was measured with, such as `runc`; `null` where it was not, and in old records. */
  runtime: z.string().nullable().default(null),
  /** Medians of the node's own runs by metric name, in order of priority. */
  metrics: z.record(z.string(), z.number()),
  /** The comparison with the parent. */
  comparison: comparisonSchema.nullable(),
  /** Why measuring stopped where it did; `null` where it never came to that. */
  evidence: evidenceSchema.nullable(),
  /** Whether no exact test is behind the verdict, because the benchmark is too long for six pairs. */
  unverified: z.boolean(),
  /**
   * Whether the gain is more than `metrics.suspicious` in one step, or one of time that the harness did not see. The
   * reason says which.
   */
  suspicious: z.boolean(),
  /** Sum of ln(gain) along the lineage, by metric name. It ranks nodes without comparing numbers of different hours. */
  logGainFromRoot: z.record(z.string(), z.number()),
  /** Paths that the agent changed and that read-back dropped (git-ignored, or made by the build), at most 20. */
  dropped: z.array(z.string()),
  repairs: z.int().nonnegative(),
  usage: usageSchema,
});
export type ExperimentNode = z.infer<typeof experimentNodeSchema>;

export const NO_USAGE: Usage = { tokens: 0, cacheReadTokens: 0, costUsd: 0 };

/** The finished nodes, baselines too, by the time they finished, then by order of reservation. */
export function inOrderOfFinishing(nodes: readonly ExperimentNode[]): ExperimentNode[] {
  return nodes
    .filter((node) => node.phase === "finished")
    .map((node) => ({ node, finishedAtMs: Date.parse(node.finishedAt ?? node.createdAt) }))
    .sort((a, b) => a.finishedAtMs - b.finishedAtMs || a.node.ordinal - b.node.ordinal)
    .map(({ node }) => node);
}
