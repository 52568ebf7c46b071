import { z } from "zod";
import { lineageOf, type NodeId, nodeIdSchema } from "./id.ts";
import { objectIdSchema } from "./node.ts";

const MARKING = ["pin", "unpin", "freeze", "unfreeze"] as const;
const IDEAS = ["pin_idea", "unpin_idea"] as const;
export const STEERING_ORDERS = [...MARKING, ...IDEAS, "note", "stop", "try"] as const;
export const MAX_NOTE_LENGTH = 2000;
/** In characters: what a change does, and what it should gain. */
export const MAX_WHY_LENGTH = 300;
export const MAX_HYPOTHESIS_LENGTH = 4000;

/** What a person says to a run from another terminal, while it grows or before it resumes. */
export const steeringOrderSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(MARKING), id: nodeIdSchema }),
  /** An idea of the node, from 1, that a child of it is to try. */
  z.strictObject({ kind: z.enum(IDEAS), id: nodeIdSchema, number: z.int().positive() }),
  /** A text for the agents that work below the node. */
  z.strictObject({
    kind: z.literal("note"),
    id: nodeIdSchema,
    text: z.string().trim().min(1).max(MAX_NOTE_LENGTH),
  }),
  /** An order to one process. An order that a killed process never heard must not stop the next one. */
  z.strictObject({ kind: z.literal("stop"), owner: z.string().max(200) }),
  /** A change that somebody hands in, as a child of the node. */
  z.strictObject({
    kind: z.literal("try"),
    id: nodeIdSchema,
    /** In `code.git`: the writable files with the change. */
    commit: objectIdSchema,
    tree: objectIdSchema,
    description: z.string().trim().min(1).max(MAX_WHY_LENGTH),
    hypothesis: z.string().max(MAX_HYPOTHESIS_LENGTH),
  }),
]);
export type SteeringOrder = z.infer<typeof steeringOrderSchema>;

export interface Note {
  readonly id: NodeId;
  readonly text: string;
}

/** An idea of a node, from 1. */
interface PinnedIdea {
  readonly from: NodeId;
  readonly number: number;
}

/** The sum of all orders so far. */
export interface Steering {
  /** A pinned node is expanded before any other, a frozen one never. */
  readonly marks: ReadonlyMap<NodeId, "pinned" | "frozen">;
  /** In the order given. */
  readonly notes: readonly Note[];
  /** In the order given, also those that were tried since. */
  readonly ideas: readonly PinnedIdea[];
}

export const NO_STEERING: Steering = { marks: new Map(), notes: [], ideas: [] };

/** Applies an order. The last word counts: to pin a frozen node frees it, and the other way round. */
export function steer(steering: Steering, order: SteeringOrder): Steering {
  switch (order.kind) {
    case "pin":
      return marked(steering, order.id, "pinned");
    case "freeze":
      return marked(steering, order.id, "frozen");
    case "unpin":
      return unmarked(steering, order.id, "pinned");
    case "unfreeze":
      return unmarked(steering, order.id, "frozen");
    case "pin_idea":
      return {
        ...steering,
        ideas: [...withoutIdea(steering, order), { from: order.id, number: order.number }],
      };
    case "unpin_idea":
      return { ...steering, ideas: withoutIdea(steering, order) };
    case "note":
      return { ...steering, notes: [...steering.notes, { id: order.id, text: order.text }] };
    case "stop":
    case "try":
      return steering;
  }
}

/** The notes for a child of `parent`: those on its lineage, in the order given. */
export function notesFor({ notes }: Steering, parent: NodeId): Note[] {
  const lineage = new Set(lineageOf(parent));
  return notes.filter(({ id }) => lineage.has(id));
}

/** What people said about one node. */
export function steeringOf(
  { marks, notes }: Steering,
  id: NodeId,
): { readonly mark: "pinned" | "frozen" | null; readonly notes: readonly string[] } {
  return {
    mark: marks.get(id) ?? null,
    notes: notes.filter((note) => note.id === id).map(({ text }) => text),
  };
}

function withoutIdea(
  { ideas }: Steering,
  { id, number }: { readonly id: NodeId; readonly number: number },
): readonly PinnedIdea[] {
  return ideas.filter((idea) => idea.from !== id || idea.number !== number);
}

function marked(steering: Steering, id: NodeId, mark: "pinned" | "frozen"): Steering {
  return { ...steering, marks: new Map(steering.marks).set(id, mark) };
}

function unmarked(steering: Steering, id: NodeId, mark: "pinned" | "frozen"): Steering {
  if (steering.marks.get(id) !== mark) return steering;
  const marks = new Map(steering.marks);
  marks.delete(id);
  return { ...steering, marks };
}
