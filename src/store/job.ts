import { z } from "zod";
import { nodeIdSchema } from "../core/tree/id.ts";

const count = z.int().nonnegative();

/** JobWork that takes longer than whoever asks for it waits: a process of its own carries it out. */
export const workSchema = z.discriminatedUnion("kind", [
  /** Tries the changes that were handed in, until none waits. */
  z.strictObject({ kind: z.literal("try") }),
  /** Grows a tree: a new one, from the workspace or from a node's files, or the last one further. */
  z.strictObject({
    kind: z.literal("run"),
    from: nodeIdSchema.nullable(),
    resume: z.boolean(),
    experiments: count,
    tokens: count.nullable(),
    maxTimeMs: z.number().positive().nullable(),
  }),
  z.strictObject({ kind: z.literal("compare"), from: nodeIdSchema, to: nodeIdSchema }),
  z.strictObject({ kind: z.literal("reproduce"), id: nodeIdSchema }),
  z.strictObject({ kind: z.literal("doctor"), how: z.enum(["check", "measure", "attack"]) }),
]);
export type JobWork = z.infer<typeof workSchema>;

/** `starting`: its process has not said yet that it is there · `lost`: its process ended without saying how. */
export type JobState =
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly pid: number }
  | { readonly kind: "ended"; readonly exit: number }
  | { readonly kind: "lost" };

export interface Job {
  readonly number: number;
  readonly at: string;
  readonly work: JobWork;
  readonly state: JobState;
}

/** Whether a process works on it, or is about to. */
export function isUnderWay({ state }: Pick<Job, "state">): boolean {
  return state.kind === "starting" || state.kind === "running";
}
