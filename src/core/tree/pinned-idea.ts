import type { NodeId } from "./id.ts";
import { type Idea, ideaName, ideasOf } from "./lesson.ts";
import type { ExperimentNode } from "./node.ts";
import type { Steering } from "./steering.ts";
import { isLost } from "./verdict.ts";

/** The ideas that people pinned and nobody took, in the order in which they were pinned. What was lost may be taken again. */
function pinnedIdeas(
  { ideas }: Steering,
  nodes: readonly ExperimentNode[],
): Idea<ExperimentNode>[] {
  if (ideas.length === 0) return [];
  const all = new Map(ideasOf(nodes).map((idea) => [idea.name, idea]));
  return ideas
    .flatMap((pinned) => all.get(ideaName(pinned) ?? "") ?? [])
    .filter(({ takers }) => takers.every(({ verdict }) => isLost(verdict)));
}

/** Has the nodes that pinned ideas are about expanded before any other. A frozen one stays frozen. */
export function withPinnedIdeas(steering: Steering, nodes: readonly ExperimentNode[]): Steering {
  const marks = new Map(steering.marks);
  for (const { from } of pinnedIdeas(steering, nodes)) {
    if (!marks.has(from.id)) marks.set(from.id, "pinned");
  }
  return marks.size === steering.marks.size ? steering : { ...steering, marks };
}

/** The idea that a child is to try: the one that it was reserved for, or the next one of its parent; `null` where there is none. */
export function pinnedIdeaFor(
  childId: NodeId,
  parent: NodeId,
  steering: Steering,
  nodes: readonly ExperimentNode[],
): Idea<ExperimentNode> | null {
  const took = ideaName(nodes.find(({ id }) => id === childId)?.lesson.took ?? null);
  if (took !== null) return ideasOf(nodes).find(({ name }) => name === took) ?? null;
  return pinnedIdeas(steering, nodes).find(({ from }) => from.id === parent) ?? null;
}
