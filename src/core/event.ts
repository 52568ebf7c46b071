import { z } from "zod";
import { nodeIdSchema } from "./id.ts";
import { usageSchema } from "./node.ts";
import { verdictSchema } from "./verdict.ts";

const durationMs = z.number().nonnegative();

function event<Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) {
  return z.strictObject({
    /** Version of the events' format. */
    v: z.literal(1),
    at: z.iso.datetime(),
    type: z.literal(type),
    ...shape,
  });
}

/** Whose run of the benchmark: a baseline has no parent to be measured in a pair with. */
export const sideSchema = z.enum(["parent", "child", "baseline"]);
export type Side = z.infer<typeof sideSchema>;

/** Why two nodes are measured against each other: fresh pairs for every reason, none used twice. */
export const purposeSchema = z.enum([
  "calibrate",
  "judge",
  "guard",
  "confirm",
  "result",
  "compare",
]);
export type Purpose = z.infer<typeof purposeSchema>;

/** Why a run ended. */
export const runEndSchema = z.enum([
  "budget_spent",
  "goal_reached",
  "nothing_left",
  "agent_failing",
  "baseline_failed",
  "stopped",
  "interrupted",
  "failed",
]);
export type RunEnd = z.infer<typeof runEndSchema>;

/** What happened in a run, as one line of its events.jsonl. Told only after what it tells of is on disk. */
export const runEventSchema = z.discriminatedUnion("type", [
  event("run_started", { run: z.int().positive() }),
  event("run_resumed", { run: z.int().positive(), nodes: z.int().nonnegative() }),
  event("base_ready", { imageId: z.string(), durationMs }),
  event("node_reserved", { id: nodeIdSchema, parent: nodeIdSchema.nullable() }),
  /** `repair` is 0 for the first edit, then the number of the repair. */
  event("agent_started", { id: nodeIdSchema, repair: z.int().nonnegative() }),
  event("agent_finished", {
    id: nodeIdSchema,
    repair: z.int().nonnegative(),
    outcome: z.enum(["proposed", "abandoned", "refused", "failed"]),
    /** The description of what was proposed, else the agent's reason. */
    text: z.string(),
    usage: usageSchema,
    durationMs,
  }),
  event("node_proposed", {
    id: nodeIdSchema,
    tag: z.string(),
    filesChanged: z.int().nonnegative(),
    linesAdded: z.int().nonnegative(),
    linesRemoved: z.int().nonnegative(),
  }),
  event("build_finished", {
    id: nodeIdSchema,
    passed: z.boolean(),
    reason: z.string(),
    durationMs,
  }),
  event("verify_finished", {
    id: nodeIdSchema,
    passed: z.boolean(),
    reason: z.string(),
    durationMs,
  }),
  /** A line of the metrics file, while the benchmark still runs; `pair` counts from 1, and is 0 for a baseline. */
  event("row_streamed", {
    id: nodeIdSchema,
    side: sideSchema,
    pair: z.int().nonnegative(),
    iteration: z.int().nonnegative(),
    /** By metric name, in the order of the columns. */
    values: z.record(z.string(), z.number()),
  }),
  /** `pair` counts from 1; 0 is the warm-up pair, which counts for nothing. */
  event("pair_finished", {
    id: nodeIdSchema,
    against: nodeIdSchema,
    purpose: purposeSchema,
    pair: z.int().nonnegative(),
  }),
  /** What the metrics are worth on this machine: sentences for people. */
  event("calibration_finished", { text: z.array(z.string()) }),
  /** A gain was measured again by fresh pairs; `verdict` is `confirmed`, or what they said instead. */
  event("confirmation_finished", { id: nodeIdSchema, verdict: verdictSchema, reason: z.string() }),
  /** `verdict` is `null` for a baseline that passed. */
  event("node_finished", {
    id: nodeIdSchema,
    verdict: verdictSchema.nullable(),
    reason: z.string(),
    durationMs,
  }),
  event("warning", { id: nodeIdSchema.nullable(), message: z.string() }),
  event("run_finished", { reason: runEndSchema, best: nodeIdSchema.nullable() }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

type Unstamped<E> = E extends RunEvent ? Omit<E, "v" | "at"> : never;
/** An event before it is given its version and time. */
export type RunNews = Unstamped<RunEvent>;
