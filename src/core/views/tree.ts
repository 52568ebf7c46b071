import { busyMachineText } from "../judging/busy-machine.ts";
import { gainText } from "../metrics/gain-text.ts";
import type { Metric } from "../metrics/metric.ts";
import { ownValue } from "../own-value.ts";
import { columnsOf, padColumns } from "../text/columns.ts";
import { formatCounted, formatValue } from "../text/number.ts";
import { printable } from "../text/printable.ts";
import {
  cutLine,
  lineText,
  type Span,
  type StyledLine,
  span,
  trimLine,
} from "../text/styled-line.ts";
import type { NodeId } from "../tree/id.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { NO_STEERING, type Steering, steeringOf } from "../tree/steering.ts";
import { showsMachines } from "./machine.ts";
import { verdictWord } from "./node.ts";
import { type Branch, shownTree, type TreeFilter, WHOLE_TREE } from "./shown-tree.ts";
import { verdictStyle } from "./verdict-style.ts";

export interface TreeTextOptions {
  /** In order of priority; gain and value are those of the first. */
  readonly metrics: readonly Metric[];
  /** The node that is marked with `*`; its lineage is drawn strong. */
  readonly champion: NodeId | null;
  /** Shown before the description, such as `[pinned, 2 notes]`. */
  readonly steering?: Steering;
  /** The whole tree is drawn where it is left out. */
  readonly view?: TreeFilter;
  /** Columns of the terminal: longer lines end in "…". */
  readonly width: number;
}

interface Drawing extends TreeTextOptions {
  readonly withMachines: boolean;
}

/** The cell whose numbers are aligned at their right. */
const GAIN = 1;

interface Row {
  /** The branches that lead to it, and what stands there. */
  readonly lineage: StyledLine;
  /** Empty for a line that stands for several nodes. */
  readonly cells: StyledLine;
}

/**
 * The tree for people, one line a node: lineage and id, verdict, gain over the parent and value of the first metric,
 * description (or, where there is none, the reason of the verdict). Siblings are in order of their numbers. A node
 * whose parent is not among the nodes stands at the left edge.
 */
export function treeLines(
  nodes: readonly ExperimentNode[],
  options: TreeTextOptions,
): StyledLine[] {
  const roots = shownTree(nodes, options.view ?? WHOLE_TREE);
  const drawing = { ...options, withMachines: showsMachines(nodes) };
  const rows = roots.flatMap((root) => rowsFrom(root, "", "", drawing));
  const full = rows.filter(({ cells }) => cells.length > 0);
  const widest = full.reduce(
    (most, { lineage }) => Math.max(most, columnsOf(lineText(lineage))),
    0,
  );
  // One deep branch must not push everything else out of sight. Longer lineages leave the column.
  const lineageWidth = Math.min(widest, Math.floor(options.width / 2));
  const widths = (full[0]?.cells ?? []).map((_, k) =>
    full.reduce((most, { cells }) => Math.max(most, columnsOf(cells[k]?.text ?? "")), 0),
  );
  return rows.map(({ lineage, cells }) => {
    const gap = " ".repeat(Math.max(0, lineageWidth - columnsOf(lineText(lineage))));
    const inLine = cells.flatMap(({ text, style }, k) => {
      const width = widths[k] ?? 0;
      const padded = k === GAIN ? text.padStart(width) : padColumns(text, width);
      return width === 0 ? [] : [span("  "), span(padded, style)];
    });
    return cutLine(trimLine([...lineage, span(gap), ...inLine]), options.width);
  });
}

/** `branches` lead to it; lines below begin with `indent`. */
function rowsFrom(branch: Branch, branches: string, indent: string, options: Drawing): Row[] {
  const lead = span(branches, "muted");
  if (branch.kind === "folded") {
    return [{ lineage: [span("  "), lead, span(branch.text, "muted")], cells: [] }];
  }
  const { node, below } = branch;
  const last = below.length - 1;
  return [
    rowOf(node, lead, options),
    ...below.flatMap((next, k) =>
      rowsFrom(
        next,
        `${indent}${k === last ? "└─ " : "├─ "}`,
        `${indent}${k === last ? "   " : "│  "}`,
        options,
      ),
    ),
  ];
}

function rowOf(node: ExperimentNode, lead: Span, options: Drawing): Row {
  const { metrics, champion, view = WHOLE_TREE, steering = NO_STEERING } = options;
  const machine = options.withMachines ? `on ${printable(node.machine)}` : null;
  // The node is drawn only to show where another one stands.
  const isOnTheWay = view.only !== null && !view.only.has(node.id);
  const isToChampion = champion !== null && `${champion}.`.startsWith(`${node.id}.`);
  const words = printable(node.description === "" ? node.reason : node.description);
  return {
    lineage: [
      span(node.id === champion ? "* " : "  ", "strong"),
      lead,
      span(node.id, isToChampion ? "strong" : isOnTheWay ? "muted" : null),
    ],
    cells: [
      span(verdictWord(node), isOnTheWay ? "muted" : verdictStyle(node)),
      span(stepText(node, metrics), isOnTheWay ? "muted" : verdictStyle(node)),
      span(valueText(node, metrics), isOnTheWay ? "muted" : null),
      span(`${marksText(node, steering, machine)}${words}`, isOnTheWay ? "muted" : null),
    ],
  };
}

function marksText(
  { id, comparison }: ExperimentNode,
  steering: Steering,
  machine: string | null,
): string {
  const { mark, notes } = steeringOf(steering, id);
  const told = notes.length === 0 ? null : formatCounted(notes.length, "note");
  const busy = busyMachineText(comparison) === null ? null : "busy machine";
  const marks = [mark, told, machine, busy].filter((text) => text !== null);
  return marks.length === 0 ? "" : `[${marks.join(", ")}] `;
}

function stepText({ comparison }: ExperimentNode, [first]: readonly Metric[]): string {
  const compared = comparison?.metrics.find(({ name }) => name === first?.name);
  return first === undefined || compared === undefined ? "" : gainText(first, compared.gain);
}

/**
 * The parent's value and the node's, as they were measured side by side: on a machine that gets slower, values of different hours would show
 * a champion as slower than the root. Only a node without a comparison has its value alone.
 */
function valueText(node: ExperimentNode, metrics: readonly Metric[]): string {
  const name = metrics[0]?.name;
  if (name === undefined) return "";
  const compared = node.comparison?.metrics.find((metric) => metric.name === name);
  if (compared !== undefined) {
    return `${printable(name)} ${formatValue(compared.against)} → ${formatValue(compared.value)}`;
  }
  const value = ownValue(node.metrics, name);
  return value === undefined ? "" : `${printable(name)} ${formatValue(value)}`;
}
