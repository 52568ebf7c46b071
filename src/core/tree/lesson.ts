import { z } from "zod";
import { printable } from "../text/printable.ts";
import { compareIds, lineageOf, type NodeId, nodeIdSchema } from "./id.ts";

const MAX_TEXT = 2000;
const MAX_IDEAS = 5;
const MAX_IDEA = 300;

/** What the agent of a node leaves for those after it, as it saw things before the change was measured. */
export const lessonSchema = z.strictObject({
  /** What it found out on the way. */
  text: z.string(),
  /** What could be tried on top of the node, in the agent's order. */
  ideas: z.array(z.string()),
  /** The idea that the node tried; `null` for one of its agent's own. */
  took: z.strictObject({ from: nodeIdSchema, number: z.int().positive() }).nullable(),
});
export type Lesson = z.infer<typeof lessonSchema>;
export const NO_LESSON: Lesson = { text: "", ideas: [], took: null };

/** An idea as a finishing agent names it. `took` may be any text, such as `1.3#2`. */
export interface GivenLesson {
  readonly text: string;
  readonly ideas: readonly string[];
  readonly took: string;
}

/** The part of a node that ideas need. */
export interface WithLesson {
  readonly id: NodeId;
  readonly lesson: Lesson;
}

/** The idea of a node, from 1, with the nodes that tried it. */
export interface Idea<T extends WithLesson> {
  /** Such as `1.3#2`. */
  readonly name: string;
  readonly number: number;
  readonly from: T;
  readonly text: string;
  readonly takers: readonly T[];
}

/**
 * A lesson as it is kept: printable, bounded, and with an idea that there is. This is the one place that bounds it. What
 * is left out of a later lesson of the same node stays as it was in the earlier one.
 */
export function keptLesson(
  given: GivenLesson,
  earlier: Lesson,
  nodes: readonly WithLesson[],
): Lesson {
  const text = printable(given.text.trim(), MAX_TEXT);
  const ideas = given.ideas
    .map((idea) => printable(idea.trim(), MAX_IDEA))
    .filter((idea) => idea !== "")
    .slice(0, MAX_IDEAS);
  const took = ideasOf(nodes).find(({ name }) => name === given.took.trim());
  return {
    text: text === "" ? earlier.text : text,
    ideas: ideas.length === 0 ? earlier.ideas : ideas,
    took: took === undefined ? earlier.took : { from: took.from.id, number: took.number },
  };
}

/** Every idea of the nodes, in the order of the tree. */
export function ideasOf<T extends WithLesson>(nodes: readonly T[]): Idea<T>[] {
  const takers = new Map<string, T[]>();
  for (const node of nodes) {
    const name = ideaName(node.lesson.took);
    if (name === null) continue;
    takers.set(name, [...(takers.get(name) ?? []), node]);
  }
  return nodes
    .filter(({ lesson }) => lesson.ideas.length > 0)
    .toSorted((a, b) => compareIds(a.id, b.id))
    .flatMap((from) =>
      from.lesson.ideas.map((text, index) => {
        const number = index + 1;
        const name = ideaName({ from: from.id, number }) ?? "";
        return { name, number, from, text, takers: takers.get(name) ?? [] };
      }),
    );
}

/** The ideas that nobody took, the latest first. */
export function openIdeas<T extends WithLesson & { readonly ordinal: number }>(
  nodes: readonly T[],
): Idea<T>[] {
  return ideasOf(nodes)
    .filter(({ takers }) => takers.length === 0)
    .sort((a, b) => b.from.ordinal - a.from.ordinal || a.number - b.number);
}

/** The ideas of a node and of those that it is built on, the node's own first. */
export function ideasAlong<T extends WithLesson>(id: NodeId, nodes: readonly T[]): Idea<T>[] {
  const lineage = new Set(lineageOf(id));
  return ideasOf(nodes)
    .filter(({ from }) => lineage.has(from.id))
    .sort((a, b) => b.from.id.length - a.from.id.length);
}

/** Such as `1.3#2`; `null` for none. */
export function ideaName(idea: Lesson["took"]): string | null {
  return idea === null ? null : `${idea.from}#${idea.number}`;
}
