import { givenChange } from "../agent/given-change.ts";
import { UserError } from "../core/error.ts";
import { type ChangePart, partsOf, partText, withParts } from "../core/merging/change-part.ts";
import { changedFiles } from "../core/merging/changed-files.ts";
import { namedTogether } from "../core/merging/named-together.ts";
import { type FigureWithout, lossOf, pairsToSeeLoss } from "../core/merging/part-loss.ts";
import { reduceParts } from "../core/merging/reduction.ts";
import { type SharesTogether, sharesTogether } from "../core/merging/shares-together.ts";
import { placesBetween } from "../core/metrics/gain.ts";
import { baselineId, nextChildId } from "../core/tree/id.ts";
import type { ExperimentNode, MetricComparison } from "../core/tree/node.ts";
import { isExpandable } from "../core/tree/verdict.ts";
import { exactMetrics, metricsOf } from "../store/baseline-record.ts";
import { baselineOn } from "../store/machine-record.ts";
import { measureAgain } from "./comparing/confirmation.ts";
import { judgeOptions } from "./comparing/rules.ts";
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
  /** What the shares come to, and the gain since the root beside it; `null` where a share is not known. */
  readonly together: SharesTogether | null;
  /** Whether every part that stays was seen to be needed. */
  readonly isSmallest: boolean;
}

/**
 * Finds the smallest part of a node's change that is not worse than all of it. Every try is a child of the node: built,
 * verified and measured against it, so that what one part after the other may lose does not add up. What was tried before
 * is not measured again.
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
  const holds = async (rest: readonly ChangePart[], group: readonly ChangePart[]) => {
    const conversation = givenChange({
      description: `${node.id} without ${group.map(partText).join("; ")}`,
      changes: changedFiles(after, withParts(before, after, rest)),
    });
    const id = nextChildId(node.id, store.nodes);
    const reserved = await reserveNode(run, id, node.id);
    const first = await runExperiment(run, reserved, node, conversation, signal);
    const tried = await withoutDoubt(run, first, node, signal);
    const seen = seenOf(run, tried, node);
    const [only] = group;
    if (group.length === 1 && only !== undefined && seen.share !== null) {
      alone.set(only, seen.share);
    }
    if (!seen.isNotWorse) return false;
    smallest = { ...seen.node, distilledFrom: node.id };
    await store.save(smallest);
    return true;
  };
  const isAlone = (part: ChangePart) => alone.has(part);
  const { kept, isSmallest } = await reduceParts(parts, mostTries, holds, (rest) =>
    // Parts of which each was measured without the other do not hold one another.
    namedTogether(before, rest).filter((group) => !group.every(isAlone)),
  );
  const shares = kept.map((part) => ({ part, share: alone.get(part) ?? null }));
  return {
    node: smallest,
    kept: shares,
    together: sharesTogether(
      shares.map(({ share }) => share),
      metricsOf(store.record),
      node,
    ),
    gone: parts.filter((part) => !kept.includes(part)),
    isSmallest,
  };
}

/** What is known of a variant of a node, by its own measurement or that of another node with the same files or program. */
interface Seen {
  /** The node that has the variant's files. */
  readonly node: ExperimentNode;
  readonly isNotWorse: boolean;
  /** The gain of all over the variant, on the first metric; `null` where the two were not compared. */
  readonly share: MetricComparison | null;
}

function seenOf(run: Run, tried: ExperimentNode, all: ExperimentNode): Seen {
  const measured = measuredFor(run, tried);
  const node = withFiles(run, tried);
  if (measured === null) return { node, isNotWorse: false, share: null };
  if (measured.id === all.id) return { node, isNotWorse: true, share: null };
  if (measured.id === all.parent) {
    return { node, isNotWorse: false, share: all.comparison?.metrics[0] ?? null };
  }
  if (measured.comparison?.against !== all.id) return { node, isNotWorse: false, share: null };
  const [without] = measured.comparison.metrics;
  const share = without === undefined ? null : inverseOf(run, without);
  return { node, isNotWorse: isNotWorse(run, measured), share };
}

function inverseOf({ records }: Run, without: MetricComparison): MetricComparison {
  const { scale } = metricsOf(records.store.record).find(({ name }) => name === without.name) ?? {};
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

/** What has the same files as another node keeps none of its own. */
function withFiles({ records }: Run, tried: ExperimentNode): ExperimentNode {
  let node = tried;
  while (node.commit === null && node.duplicateOf !== null) {
    const same = records.store.node(node.duplicateOf);
    if (same === null) break;
    node = same;
  }
  return node;
}

/** The node by whose measurement this one is known. */
function measuredFor({ records }: Run, tried: ExperimentNode): ExperimentNode | null {
  let measured: ExperimentNode | null = tried;
  while (measured !== null && measured.duplicateOf !== null) {
    measured = records.store.node(measured.duplicateOf);
  }
  return measured;
}

/**
 * Measures a variant again where its pairs leave open whether anything was lost. A search passes over such a child; here
 * it would keep the part.
 */
async function withoutDoubt(
  run: Run,
  tried: ExperimentNode,
  all: ExperimentNode,
  signal: AbortSignal,
): Promise<ExperimentNode> {
  const measured = measuredFor(run, tried);
  const { comparison, evidence } = measured ?? {};
  if (!measured || !evidence || comparison?.against !== all.id) return tried;
  const figures = figuresOf(run, measured);
  if (lossOf(figures, evidence) !== "open") return tried;
  const pairs = pairsToSeeLoss(figures, judgeOptions(run).maxPairs);
  if (pairs === 0) return tried;
  const again = await measureAgain(run, measured, all, pairs, signal);
  return measured.id === tried.id ? again : tried;
}

function isNotWorse(run: Run, measured: ExperimentNode): boolean {
  const { evidence, verdict } = measured;
  if (!isExpandable(verdict) || evidence === null) return false;
  return lossOf(figuresOf(run, measured), evidence) === "none";
}

/** What can win, beside the node it was measured against. */
function figuresOf(run: Run, { evidence, machine }: ExperimentNode): FigureWithout[] {
  const { record } = run.records.store;
  const baseline = baselineOn(record, machine);
  const exact = exactMetrics(baseline);
  const winning = evidence?.standings.filter(({ canWin }) => canWin) ?? [];
  return winning.map(({ of, kind, gain, gainHigh, margin }) => {
    const scale = metricsOf(record).find(({ name }) => name === of)?.scale?.kind ?? "ratio";
    const known = baseline.calibration?.metrics.find(({ name }) => name === of);
    return {
      gain: placesBetween(scale, gain),
      gainHigh: placesBetween(scale, gainHigh),
      margin: Math.log1p(margin),
      sigma: known?.kind === "noisy" ? known.sigma : 0,
      // Of what was exact for the baseline any loss is one.
      isExact: kind === "exact" || exact.has(of),
    };
  });
}
