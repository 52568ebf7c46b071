import { printable, printableBlock } from "../text/printable.ts";
import { compareIds, runOf } from "../tree/id.ts";
import { ideaName } from "../tree/lesson.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { verdictWord } from "../views/node.ts";

/** The path of the file in an agent's container. */
export const HISTORY_FILE = "/loopty/experiments.jsonl";

/**
 * Every node as a line of JSON, oldest first. The agent looks up in this read-only file what its prompt had no room
 * for. The same nodes make the same bytes, whatever the order of their keys. Nothing in it names an image, a commit or
 * a path.
 */
export function historyLines(nodes: readonly ExperimentNode[]): string {
  return nodes
    .toSorted(
      (a, b) => runOf(a.id) - runOf(b.id) || a.ordinal - b.ordinal || compareIds(a.id, b.id),
    )
    .map((node) => `${JSON.stringify(historyOf(node))}\n`)
    .join("");
}

function historyOf(node: ExperimentNode): object {
  const { comparison } = node;
  return {
    id: node.id,
    parent: node.parent,
    verdict: verdictWord(node),
    description: printable(node.description, Number.MAX_SAFE_INTEGER),
    hypothesis: printableBlock(node.hypothesis),
    reason: printableBlock(node.reason),
    analysis: printableBlock(node.analysis),
    foundOut: printable(node.lesson.text, Number.MAX_SAFE_INTEGER),
    ideas: node.lesson.ideas.map((idea) => printable(idea)),
    tookIdea: ideaName(node.lesson.took),
    metrics: sorted(node.metrics),
    gains: (comparison?.metrics ?? []).map(({ name, against, value, gain, gainLow, gainHigh }) => ({
      metric: printable(name),
      parentValue: against,
      value,
      gain,
      interval: [gainLow, gainHigh],
    })),
    logGainFromBaseline: sorted(node.logGainFromRoot),
    merged: node.merged,
    linesAgain: node.linesAgain?.of ?? null,
    duplicateOf: node.duplicateOf,
  };
}

function sorted(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [printable(name), value] as const)
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b))),
  );
}
