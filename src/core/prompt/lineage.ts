import type { Metric } from "../metrics/metric.ts";
import { formatCount, formatCounted } from "../text/number.ts";
import { compareIds, lineageOf, type NodeId } from "../tree/id.ts";
import { ideasAlong, openIdeas } from "../tree/lesson.ts";
import type { ExperimentNode } from "../tree/node.ts";
import type { Note } from "../tree/steering.ts";
import { isGain } from "../tree/verdict.ts";
import { cutWords } from "./cut-text.ts";
import { nodeEntry, takerText } from "./node-entry.ts";
import { blockBody, dataBlock, dataLine, fixedBody, listBody, type Section } from "./section.ts";

const SHORT_NOTE_BYTES = 160;
const STAGNANT_CHILDREN = 3;
const IDEAS_OF_OTHERS = 8;

export interface LineageTask {
  /** The node to be made. */
  readonly childId: NodeId;
  readonly parent: ExperimentNode;
  /** Every node of the run, unfinished ones too, in any order. */
  readonly nodes: readonly ExperimentNode[];
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** The parent's own change, against its parent; "" for a baseline. */
  readonly parentDiff: string;
}

/** The nodes from root to parent. Where room is short the parent stays as it is, and the oldest become one line, then none. */
export function lineageSection({ parent, nodes, metrics }: LineageTask): Section {
  const ids = new Set(lineageOf(parent.id));
  const entries = nodes
    .filter(({ id }) => ids.has(id))
    .toSorted((a, b) => compareIds(a.id, b.id))
    .map((node) => nodeEntry(node, metrics));
  return {
    tag: "lineage_to_parent",
    share: 0.3,
    body: listBody({
      intro: "The way to your parent, oldest first; each result is against the one before.",
      entries,
      byImportance: entries.toReversed(),
      firstInFull: true,
      leftOut: (rest) =>
        rest.length === 0
          ? ""
          : `Left out: the ${formatCounted(rest.length, "oldest experiment")}.`,
    }),
  };
}

/** Every child of the parent, running and failed ones too. Where room is short they are written shorter; none is dropped. */
export function siblingsSection({ childId, parent, nodes, metrics }: LineageTask): Section {
  const entries = nodes
    .filter((node) => node.parent === parent.id && node.id !== childId)
    .toSorted((a, b) => compareIds(a.id, b.id))
    .map((node) => nodeEntry(node, metrics));
  const count = formatCounted(entries.length, "experiment");
  return {
    tag: "already_tried_here",
    share: 0.3,
    body:
      entries.length === 0
        ? fixedBody("Nothing yet.")
        : listBody({
            intro: `All that was tried on top of ${parent.id} so far, ${count}; results are against ${parent.id}.`,
            entries,
            byImportance: entries.toReversed(),
            leftOut: (rest) =>
              rest.length === 0
                ? ""
                : `Tried too, without room to say more: ${idRanges(rest)}. See the history file.`,
          }),
  };
}

/**
 * What the agents of the lineage would have tried next, the parent's first, each with what came of it; `null` where they
 * said nothing. A parent whose children did not gain gets those of other branches that nobody took. Where room is short
 * the oldest go.
 */
export function ideasSection({ parent, nodes, metrics }: LineageTask): Section | null {
  const ideas = ideasAlong(parent.id, nodes);
  // Of an older node's ideas only the open ones are of use.
  const own = ideas.filter(({ from, takers }) => from.id === parent.id || takers.length === 0);
  const others = isStagnant(parent.id, nodes) ? openIdeas(nodes).slice(0, IDEAS_OF_OTHERS) : [];
  const told = [...own, ...others.filter(({ name }) => own.every((idea) => idea.name !== name))];
  if (told.length === 0) return null;
  const entries = told.map(({ name, text, takers }) => {
    const taken = takers.map((node) => takerText(node, metrics)).join(", ");
    return {
      levels: [`${name}: ${dataLine(text)}${taken === "" ? "" : ` (taken by ${taken})`}`] as const,
    };
  });
  return {
    tag: "open_ideas",
    share: 0.15,
    body: listBody({
      intro:
        "What the agents before you would have tried next. None was measured unless it says so. If you take one, name it to finish.",
      entries,
      byImportance: entries,
      leftOut: (rest) =>
        rest.length === 0 ? "" : `Left out: ${formatCounted(rest.length, "older idea")}.`,
    }),
  };
}

/** Whether several children were measured, or failed, and none gained. */
function isStagnant(id: NodeId, nodes: readonly ExperimentNode[]): boolean {
  const children = nodes.filter(({ parent, phase }) => parent === id && phase === "finished");
  return children.length >= STAGNANT_CHILDREN && !children.some(({ verdict }) => isGain(verdict));
}

/** Returns `null` for a baseline, which changed nothing. */
export function parentDiffSection({ parent, parentDiff }: LineageTask): Section | null {
  if (parentDiff.trim() === "") return null;
  const { diff } = parent;
  const size =
    diff === null
      ? ""
      : ` (${formatCounted(diff.filesChanged, "file")}, ` +
        `+${formatCount(diff.linesAdded)} -${formatCount(diff.linesRemoved)} lines)`;
  return {
    tag: "parent_diff",
    share: 0.25,
    body: blockBody(
      `What ${parent.id} changed against ${parent.parent ?? "nothing"}${size}; it is in your files.`,
      dataBlock(parentDiff).trimEnd(),
    ),
  };
}

/** What people said for the agents of this lineage; `null` where they said nothing. */
export function notesSection(notes: readonly Note[]): Section | null {
  if (notes.length === 0) return null;
  const entries = notes.map(({ id, text }) => {
    const whole = `${id}: ${dataBlock(text).replaceAll("\n", "\n  ")}`;
    return { levels: [cutWords(dataLine(`${id}: ${text}`), SHORT_NOTE_BYTES), whole] as const };
  });
  return {
    tag: "user_notes",
    share: 0.2,
    body: listBody({
      intro:
        "From the user who watches the run, oldest first; each is about the experiment it names and all that is built on it.",
      entries,
      byImportance: entries.toReversed(),
      leftOut: (rest) =>
        rest.length === 0 ? "" : `Left out: the ${formatCounted(rest.length, "oldest note")}.`,
    }),
  };
}

/** `1.3.1, 1.3.4 to 1.3.9`: siblings with neighbouring numbers as one range. */
function idRanges(entries: readonly { readonly node: ExperimentNode }[]): string {
  const ids = entries.map(({ node }) => node.id).toSorted(compareIds);
  const ranges: [first: NodeId, last: NodeId][] = [];
  for (const id of ids) {
    const range = ranges.at(-1);
    if (range !== undefined && isNext(range[1], id)) range[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first} to ${last}`)).join(", ");
}

function isNext(a: NodeId, b: NodeId): boolean {
  const dot = a.lastIndexOf(".") + 1;
  return (
    a.slice(0, dot) === b.slice(0, b.lastIndexOf(".") + 1) && +b.slice(dot) - +a.slice(dot) === 1
  );
}
