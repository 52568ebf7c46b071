import { givenChange } from "../agent/given-change.ts";
import { UserError } from "../core/error.ts";
import { type ChangePart, partsOf, partText, withParts } from "../core/merging/change-part.ts";
import { changedFiles } from "../core/merging/changed-files.ts";
import { reduceParts } from "../core/merging/reduction.ts";
import { baselineId, nextChildId } from "../core/tree/id.ts";
import type { ExperimentNode, MetricComparison } from "../core/tree/node.ts";
import { isExpandable } from "../core/tree/verdict.ts";
import { measuredBaseline, metricsOf } from "../store/baseline-record.ts";
import { runExperiment } from "./experiment.ts";
import { reserveNode } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import type { Run } from "./run/run.ts";

/** A part that stays, and its share: what the node gains on the first metric over itself without the part. */
export interface KeptPart {
  readonly part: ChangePart;
  /** `null` where it was not left out alone, or where nothing worked without it. */
  readonly share: MetricComparison | null;
}

export interface Distillation {
  /** The node with what is left: the given one where nothing could go. */
  readonly node: ExperimentNode;
  readonly kept: readonly KeptPart[];
  readonly gone: readonly ChangePart[];
  /** Whether every part that stays was seen to be needed. */
  readonly isSmallest: boolean;
}

/**
 * Finds the smallest part of a node's change that is not worse than all of it. Every try is a node like any other: built,
 * verified and measured against the smallest that is known.
 */
export async function distill(
  run: Run,
  node: ExperimentNode,
  mostTries: number,
  signal: AbortSignal,
): Promise<Distillation> {
  const { store } = run.records;
  const root = store.node(baselineId(store.record.run));
  if (root === null || node.parent === null || !isExpandable(node.verdict)) {
    throw new UserError(`${node.id} has no change that was measured`);
  }
  const before = await filesOf(run, root);
  const after = await filesOf(run, node);
  const parts = partsOf(before, after);
  const alone = new Map<ChangePart, MetricComparison>();
  let smallest = node;
  const { kept, isSmallest } = await reduceParts(parts, mostTries, async (rest, group) => {
    const files = withParts(before, after, rest);
    const conversation = givenChange({
      description: `${node.id} without ${group.map(partText).join("; ")}`,
      changes: changedFiles(await filesOf(run, smallest), files),
    });
    const id = nextChildId(smallest.id, store.nodes);
    const reserved = await reserveNode(run, id, smallest.id);
    const tried = await runExperiment(run, reserved, smallest, conversation, signal);
    const [first] = group;
    const share = shareSeen(run, tried, smallest);
    if (group.length === 1 && first !== undefined && share !== null) alone.set(first, share);
    if (!isNotWorse(run, tried)) return false;
    smallest = { ...tried, distilledFrom: node.id };
    await store.save(smallest);
    return true;
  });
  return {
    node: smallest,
    kept: kept.map((part) => ({ part, share: alone.get(part) ?? null })),
    gone: parts.filter((part) => !kept.includes(part)),
    isSmallest,
  };
}

/** The gain of all over what was tried without a part. Where that is the parent's state, it was measured before. */
function shareSeen(
  { records: { store } }: Run,
  tried: ExperimentNode,
  all: ExperimentNode,
): MetricComparison | null {
  if (tried.duplicateOf === all.parent) return all.comparison?.metrics[0] ?? null;
  const [without] = tried.comparison?.metrics ?? [];
  if (without === undefined) return null;
  const { scale } = metricsOf(store.record).find(({ name }) => name === without.name) ?? {};
  const inverse = (gain: number) => (scale?.kind === "difference" ? -gain : 1 / (1 + gain) - 1);
  return {
    ...without,
    value: without.against,
    against: without.value,
    gain: inverse(without.gain),
    gainLow: inverse(without.gainHigh),
    gainHigh: inverse(without.gainLow),
    pBetter: 1 - without.pBetter,
  };
}

/** A loss below the least effect worth having is none; of an exact metric any loss is one. */
function isNotWorse(run: Run, { verdict, comparison, evidence }: ExperimentNode): boolean {
  if (comparison === null || !isExpandable(verdict)) return false;
  const { minEffectRatio } = run.problem.config.metrics;
  const exact = new Set(
    (measuredBaseline(run.records.store.record).calibration?.metrics ?? []).flatMap(
      ({ kind, name }) => (kind === "exact" ? name : []),
    ),
  );
  const winning = new Set((evidence?.standings ?? []).flatMap((s) => (s.canWin ? s.of : [])));
  return comparison.metrics
    .filter(({ name }) => winning.size === 0 || winning.has(name))
    .every(({ name, gain }) => gain >= (exact.has(name) ? 0 : -minEffectRatio));
}
