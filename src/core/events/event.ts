import { z } from "zod";
import { tokenYieldSchema } from "../budget/token-yield.ts";
import { nodeIdSchema } from "../tree/id.ts";
import { usageSchema } from "../tree/node.ts";
import { resultSchema } from "../tree/result.ts";
import { STEERING_ORDERS } from "../tree/steering.ts";
import { verdictSchema } from "../tree/verdict.ts";

const durationMs = z.number().nonnegative().describe("what it took");
const repair = z.int().nonnegative().describe("0 for the first edit, then the repair's number");

/** @param when it is emitted, as in "once the base image is there" */
function event<Type extends string, Shape extends z.core.$ZodLooseShape>(
  type: Type,
  when: string,
  shape: Shape,
) {
  return z
    .strictObject({
      /** Version of the events' format. */
      v: z.literal(1),
      at: z.iso.datetime(),
      type: z.literal(type),
      ...shape,
    })
    .describe(when);
}

/** Whose run of the benchmark: a baseline has no parent to be measured in a pair with. */
const sideSchema = z.enum(["parent", "child", "baseline"]);
export type Side = z.infer<typeof sideSchema>;

/** Why two nodes are measured against each other. Every reason takes fresh pairs; none is used twice. */
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
const runEndSchema = z.enum([
  "budget_spent",
  "goal_reached",
  "nothing_left",
  "no_improvement",
  "agent_failing",
  "baseline_failed",
  "stopped",
  "interrupted",
  "failed",
]);
export type RunEnd = z.infer<typeof runEndSchema>;

/**
 * What happened in a run, as one line of its events.jsonl. An event is emitted only after what it reports is on disk.
 * `docs/events.md` is made from it.
 */
export const runEventSchema = z.discriminatedUnion("type", [
  event("run_started", "once a new run has its number and its base image", {
    run: z.int().positive(),
    from: nodeIdSchema
      .nullable()
      .default(null)
      .describe("the node whose files the baseline has; `null` for the workspace as it stood"),
  }),
  event("run_resumed", "once a run was opened again, to go on or to measure one of its nodes", {
    run: z.int().positive(),
    nodes: z.int().nonnegative().describe("how many it has by now"),
  }),
  event("base_ready", "after `run_started`", {
    imageId: z.string().describe("of the image that all nodes of the run stand on"),
    durationMs,
  }),
  event("machine_joined", "in a run with several machines, once one of them may work", {
    machine: z.string(),
    cpuModel: z.string(),
    clockAheadMs: z
      .number()
      .nullable()
      .describe("of the harness's clock, below 0 where it is behind; `null` where it shows none"),
  }),
  event("machine_lost", "once a machine failed, did not answer, or could not be used", {
    machine: z.string(),
    reason: z.string(),
    againInMs: z
      .number()
      .nonnegative()
      .nullable()
      .describe("when it is tried again; `null` for one that can never be used"),
  }),
  event("machine_given_back", "once nothing was to do on a machine that a scheduler lends", {
    machine: z.string(),
    idleMs: z.number().nonnegative().describe("how long; another is asked for when there is work"),
  }),
  event("node_placed", "in a run with several machines, once a node has one", {
    id: nodeIdSchema,
    machine: z.string(),
  }),
  event("node_reserved", "once an id is taken, for good", {
    id: nodeIdSchema,
    parent: nodeIdSchema.nullable().describe("`null` for a baseline"),
  }),
  event("agent_started", "when an agent may edit", { id: nodeIdSchema, repair }),
  event("agent_finished", "when an agent has ended an edit or a repair", {
    id: nodeIdSchema,
    repair,
    outcome: z.enum(["proposed", "abandoned", "refused", "failed"]),
    text: z.string().describe("the description of what was proposed, else the agent's reason"),
    usage: usageSchema.describe("of this edit or repair alone"),
    durationMs,
  }),
  event("node_proposed", "once a node's files are stored and its image is made", {
    id: nodeIdSchema,
    tag: z.string().describe("of the image"),
    filesChanged: z.int().nonnegative(),
    linesAdded: z.int().nonnegative(),
    linesRemoved: z.int().nonnegative(),
  }),
  event("build_finished", "after every build", {
    id: nodeIdSchema,
    passed: z.boolean(),
    reason: z.string().describe("empty where it passed"),
    durationMs,
  }),
  event("verify_finished", "after every verify", {
    id: nodeIdSchema,
    passed: z.boolean(),
    reason: z.string().describe("empty where it passed"),
    durationMs,
  }),
  event("measuring_waits", "once another loopty on this machine has kept a node waiting for 5 s", {
    id: nodeIdSchema,
    pid: z.int().positive().describe("of the other process"),
    project: z
      .string()
      .nullable()
      .describe(
        "the name of the folder that it works in; `null` where the system does not show it",
      ),
  }),
  event("measuring_begins", "once such a wait is over", { id: nodeIdSchema }),
  event("row_streamed", "for a line of the metrics file, while the benchmark still runs", {
    id: nodeIdSchema,
    side: sideSchema.describe("whose run of the benchmark it is"),
    pair: z.int().nonnegative().describe("counts from 1; 0 for a baseline and the warm-up pair"),
    iteration: z.int().nonnegative(),
    values: z
      .record(z.string(), z.number())
      .describe("by metric name, in the order of the columns"),
  }),
  event("pair_finished", "once both runs of a pair are recorded", {
    id: nodeIdSchema,
    against: nodeIdSchema,
    purpose: purposeSchema.describe("why the two are measured"),
    pair: z
      .int()
      .nonnegative()
      .describe("counts from 1; 0 is the warm-up pair, which counts for nothing"),
  }),
  event("calibration_finished", "once the baseline was measured against itself", {
    text: z.array(z.string()).describe("sentences on what the metrics are worth on this machine"),
  }),
  event("confirmation_finished", "once a gain was measured again by fresh pairs", {
    id: nodeIdSchema,
    verdict: verdictSchema.describe("`confirmed`, or what they said instead"),
    reason: z.string(),
  }),
  event("node_finished", "once a node's verdict is recorded", {
    id: nodeIdSchema,
    verdict: verdictSchema.nullable().describe("`null` for a baseline that passed"),
    reason: z.string(),
    durationMs,
    bought: tokenYieldSchema
      .optional()
      .describe("what the run's tokens bought so far, once there are enough of them"),
    budgetEnd: z.iso
      .datetime()
      .optional()
      .describe("when the budget will be used up at the pace so far, once two experiments tell"),
  }),
  event("warning", "for what a person should know, and nothing stops for", {
    id: nodeIdSchema.nullable().describe("`null` for the whole run"),
    message: z.string(),
  }),
  event("steered", "once a running loopty took up what a person asked for from another terminal", {
    number: z.int().positive().describe("of the order in the run's `steering/`"),
    order: z.enum(STEERING_ORDERS),
    id: nodeIdSchema.nullable().describe("`null` for the whole run"),
    text: z.string().describe("of a note, or what a change that was handed in does"),
  }),
  event("run_finished", "last, also where an error or a signal ended the run", {
    reason: runEndSchema,
    text: z.string().default("").describe("the reason as a sentence, with its figures"),
    best: nodeIdSchema.nullable().describe("the champion"),
    result: resultSchema
      .nullable()
      .default(null)
      .describe("the fresh measurement of the champion against the root, where there is one"),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

type Unstamped<E> = E extends RunEvent ? Omit<E, "v" | "at"> : never;
/** An event before it has its version and time. */
export type RunNews = Unstamped<RunEvent>;
