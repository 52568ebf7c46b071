import type { NodeId } from "../../core/tree/id.ts";
import { NO_LESSON } from "../../core/tree/lesson.ts";
import { LOCAL_MACHINE } from "../../core/tree/machine.ts";
import { type ExperimentNode, NO_USAGE } from "../../core/tree/node.ts";

/** A node of which only the id is certain. */
export function newNode(
  id: NodeId,
  parent: NodeId | null,
  ordinal: number,
  now: Date,
  machine: string = LOCAL_MACHINE,
  order: number | null = null,
): ExperimentNode {
  return {
    id,
    parent,
    ordinal,
    order,
    phase: "reserved",
    createdAt: now.toISOString(),
    finishedAt: null,
    description: "",
    hypothesis: "",
    analysis: "",
    lesson: NO_LESSON,
    commit: null,
    tree: null,
    diff: null,
    snapshot: null,
    verdict: null,
    reason: "",
    outputDigest: null,
    merged: null,
    distilledFrom: null,
    linesAgain: null,
    duplicateOf: null,
    machine,
    model: null,
    runtime: null,
    metrics: {},
    comparison: null,
    evidence: null,
    unverified: false,
    suspicious: false,
    logGainFromRoot: {},
    dropped: [],
    repairs: 0,
    usage: NO_USAGE,
  };
}
