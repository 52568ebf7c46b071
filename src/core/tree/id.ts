import { z } from "zod";
import { UserError } from "../error.ts";

/**
 * A node's dotted id: the run's number, then the number of the child taken at every level.
 * `1` is the baseline of run 1, `1.3.2` the second change on top of its third change.
 */
export type NodeId = string & z.$brand<"NodeId">;

const PATTERN = /^[1-9]\d{0,8}(\.[1-9]\d{0,8})*$/;
// A tag `loopty/<name>:<id>` may have 128 characters at most (OCI distribution spec), "-built" included.
const MAX_LENGTH = 120;

export const nodeIdSchema = z
  .string()
  .max(MAX_LENGTH)
  .regex(PATTERN, "is not a node id such as 1 or 1.3.2")
  .brand("NodeId");

/** Reads an id as a person types it. Throws `UserError` for anything else. */
export function parseId(text: string): NodeId {
  const parsed = nodeIdSchema.safeParse(text.trim());
  if (!parsed.success) {
    throw new UserError(`"${text}" is not a node id`, { hint: "an id looks like 1 or 1.3.2" });
  }
  return parsed.data;
}

/** The baseline of a run. */
export function baselineId(run: number): NodeId {
  return nodeIdSchema.parse(String(run));
}

export function childId(parent: NodeId, number: number): NodeId {
  return nodeIdSchema.parse(`${parent}.${number}`);
}

/** The id of one more child, given all nodes of the run. Ids are given out in order, and none is taken back. */
export function nextChildId(
  parent: NodeId,
  nodes: readonly { readonly parent: NodeId | null }[],
): NodeId {
  return childId(parent, nodes.filter((node) => node.parent === parent).length + 1);
}

/** `null` for a baseline. */
export function parentId(id: NodeId): NodeId | null {
  const end = id.lastIndexOf(".");
  return end < 0 ? null : nodeIdSchema.parse(id.slice(0, end));
}

export function runOf(id: NodeId): number {
  return numbersOf(id)[0] ?? 0;
}

/** 0 for a baseline. */
export function depthOf(id: NodeId): number {
  return numbersOf(id).length - 1;
}

/** The ids from the baseline to this node, both included. */
export function lineageOf(id: NodeId): NodeId[] {
  const parent = parentId(id);
  return parent === null ? [id] : [...lineageOf(parent), id];
}

/** Orders ids as a tree is read: a parent before its children, siblings by number (1.2 before 1.10). */
export function compareIds(a: NodeId, b: NodeId): number {
  const left = numbersOf(a);
  const right = numbersOf(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function numbersOf(id: NodeId): number[] {
  return id.split(".").map(Number);
}
