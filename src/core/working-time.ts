import type { ExperimentNode } from "./tree/node.ts";

/** Milliseconds in which at least one of the nodes was at work, by their records. What runs side by side counts once. */
export function workingTimeMs(nodes: readonly ExperimentNode[]): number {
  const spans = nodes
    .flatMap(({ createdAt, finishedAt }) =>
      finishedAt === null ? [] : [{ from: Date.parse(createdAt), to: Date.parse(finishedAt) }],
    )
    .sort((a, b) => a.from - b.from);
  let sumMs = 0;
  let upTo = -Infinity;
  for (const { from, to } of spans) {
    // A clock that jumped back may let a node end before it began.
    sumMs += Math.max(0, to - Math.max(from, upTo));
    upTo = Math.max(upTo, to);
  }
  return sumMs;
}
