import type { AgentConversation } from "../agent/agent.ts";
import { givenChange } from "../agent/given-change.ts";
import { type MergeCandidate, mergeCandidates } from "../core/merging/candidate.ts";
import { changedFiles } from "../core/merging/changed-files.ts";
import { mergeFiles } from "../core/merging/three-way.ts";
import { nextChildId } from "../core/tree/id.ts";
import { treeOf } from "../store/git/git-tree.ts";
import { preferenceOfRun } from "../store/run-record.ts";
import type { OpenedNode } from "./node/opened-node.ts";
import { reserveNode } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import type { GrowingRun } from "./run/run.ts";

interface FittingMerge extends MergeCandidate {
  readonly conversation: AgentConversation;
}

/**
 * The most promising gains of two branches that fit together, as a change of the better one's files; `null` where there
 * are none. It costs a benchmark and no tokens. `failed` are the pairs that are known not to fit, and grows by what is found.
 */
export async function findMerge(
  run: GrowingRun,
  failed: Set<string>,
): Promise<FittingMerge | null> {
  const { store } = run.records;
  for (const candidate of mergeCandidates(store.nodes, preferenceOfRun(store.record))) {
    const { onto, other, base } = candidate;
    const pair = `${onto.id} ${other.id}`;
    const root = store.node(base);
    if (failed.has(pair) || root === null) continue;
    const [was, ours, theirs] = [
      await filesOf(run, root),
      await filesOf(run, onto),
      await filesOf(run, other),
    ];
    const merge = mergeFiles(was, ours, theirs);
    const tree = merge.kind === "merged" ? treeOf(merge.files) : null;
    if (merge.kind === "conflict" || store.nodes.some((node) => node.tree === tree)) {
      failed.add(pair);
      continue;
    }
    const description = `merge ${other.id} into ${onto.id}: ${other.description}`;
    return {
      ...candidate,
      conversation: givenChange({ description, changes: changedFiles(ours, merge.files) }),
    };
  }
  return null;
}

/** Takes the id for a merge, as a child of the better of the two. */
export async function reserveMerge(
  run: GrowingRun,
  { onto, other, conversation }: FittingMerge,
): Promise<OpenedNode> {
  const { store } = run.records;
  const reserved = await reserveNode(run, nextChildId(onto.id, store.nodes), onto.id);
  const node = { ...reserved, merged: other.id };
  await store.save(node);
  return { parent: onto, node, conversation };
}
