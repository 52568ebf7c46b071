import { columnsOf, cutToColumns, padColumns } from "./columns.ts";
import { compareIds, type NodeId } from "./id.ts";
import type { Metric } from "./metric.ts";
import type { ExperimentNode } from "./node.ts";
import { verdictWord } from "./node-text.ts";
import { formatGain, formatValue } from "./number-text.ts";
import { printable } from "./printable.ts";

export interface TreeTextOptions {
  /** In order of priority; gain and value are those of the first. */
  readonly metrics: readonly Metric[];
  /** Marked with `*`. */
  readonly champion: NodeId | null;
  /** Columns of the terminal: longer lines end in "…". */
  readonly width: number;
}

/** The column whose numbers stand below each other, at its right. */
const GAIN = 2;

/** A node with the lines that lead to it, such as `│  └─ 1.3.2`. */
interface Placed {
  readonly node: ExperimentNode;
  readonly lineage: string;
}

/**
 * The tree as plain text, one line a node: lineage and id, verdict, gain against the parent and value of the first metric,
 * description (or, where there is none, the reason of the verdict). Siblings are in order of their numbers. A node whose
 * parent is not among the nodes stands at the left edge.
 */
export function treeLines(nodes: readonly ExperimentNode[], options: TreeTextOptions): string[] {
  const rows = placeNodes(nodes).map(({ node, lineage }) => [
    `${node.id === options.champion ? "*" : " "} ${lineage}`,
    verdictWord(node),
    gainText(node, options.metrics),
    valueText(node, options.metrics),
    printable(node.description === "" ? node.reason : node.description),
  ]);
  const [lineageWidth = 0, ...otherWidths] = (rows[0] ?? []).map((_, k) =>
    rows.reduce((widest, row) => Math.max(widest, columnsOf(row[k] ?? "")), 0),
  );
  // One deep branch must not push everything else out of sight: what is longer stands out of line.
  const widths = [Math.min(lineageWidth, Math.floor(options.width / 2)), ...otherWidths];
  return rows.map((row) => {
    const cells = row.map((cell, k) =>
      k === GAIN ? cell.padStart(widths[k] ?? 0) : padColumns(cell, widths[k] ?? 0),
    );
    const line = cells.filter((cell) => cell !== "").join("  ");
    return cutToColumns(line.trimEnd(), options.width);
  });
}

function placeNodes(nodes: readonly ExperimentNode[]): Placed[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const children = new Map<NodeId | null, ExperimentNode[]>();
  for (const node of nodes.toSorted((a, b) => compareIds(a.id, b.id))) {
    const parent = node.parent !== null && ids.has(node.parent) ? node.parent : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [node]);
    else siblings.push(node);
  }
  const below = (parent: NodeId, indent: string): Placed[] =>
    (children.get(parent) ?? []).flatMap((node, i, siblings) => {
      const last = i === siblings.length - 1;
      const lineage = `${indent}${last ? "└─ " : "├─ "}${node.id}`;
      return [{ node, lineage }, ...below(node.id, `${indent}${last ? "   " : "│  "}`)];
    });
  const roots = children.get(null) ?? [];
  return roots.flatMap((node) => [{ node, lineage: node.id }, ...below(node.id, "")]);
}

function gainText({ comparison }: ExperimentNode, metrics: readonly Metric[]): string {
  const compared = comparison?.metrics.find(({ name }) => name === metrics[0]?.name);
  return compared === undefined ? "" : formatGain(compared.gain);
}

function valueText(node: ExperimentNode, metrics: readonly Metric[]): string {
  const name = metrics[0]?.name;
  if (name === undefined || !Object.hasOwn(node.metrics, name)) return "";
  const value = node.metrics[name];
  return value === undefined ? "" : `${printable(name)} ${formatValue(value)}`;
}
