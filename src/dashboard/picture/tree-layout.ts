import { hierarchy, tree } from "d3-hierarchy";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { labelRoom, leafRoom, leafWords } from "./leaf-label.ts";
import { isStep, kindOf, type NodeKind } from "./node-kind.ts";
import type { Placed, TreeLayout } from "./placed.ts";
import { estimatedWidth, type TextWidth } from "./text-width.ts";

type Item =
  | { readonly kind: "node"; readonly node: ExperimentNode; readonly mark: NodeKind }
  | { readonly kind: "pack"; readonly nodes: readonly ExperimentNode[] };

/** The distance from a node to its children. */
const STEP = 138;
const ROW = 26;
const CELL = 14;
const PACK_COLUMNS = 7;
/** From this many on, children that led nowhere make a pack. */
const PACK_FROM = 4;
const MARGIN = { top: 22, left: 22, bottom: 22 };

/**
 * Places a run's tree from left to right, a level a column (d3-hierarchy's tidy tree: Buchheim et al., "Improving
 * Walker's Algorithm to Run in Linear Time", 2002). Children that led nowhere are packed into one small block. In a
 * tree of a thousand nodes most are such, and each would take a line.
 */
export function layoutTree(
  nodes: readonly ExperimentNode[],
  live: boolean,
  widthOf: TextWidth = estimatedWidth,
): TreeLayout {
  const children = childrenOf(nodes);
  const [root] = nodes.filter(({ parent }) => parent === null);
  if (root === undefined) return { width: 0, height: 0, nodes: [], edges: [] };
  const itemOf = (node: ExperimentNode): Item => ({
    kind: "node",
    node,
    mark: kindOf(node, live),
  });
  const below = (item: Item): Item[] =>
    item.kind === "pack" ? [] : itemsOf(children.get(item.node.id) ?? [], children, itemOf);
  const laid = tree<Item>()
    .nodeSize([1, STEP])
    .separation((a, b) => (heightOf(a.data) + heightOf(b.data)) / 2)(
    hierarchy<Item>(itemOf(root), below),
  );
  let top = 0;
  let bottom = 0;
  laid.each(({ x, data }) => {
    top = Math.min(top, x - heightOf(data) / 2);
    bottom = Math.max(bottom, x + heightOf(data) / 2);
  });
  const placed: Placed[] = [];
  const links: { from: Placed; to: Placed }[] = [];
  const visit = (at: typeof laid, from: Placed | null) => {
    const x = at.y + MARGIN.left;
    const y = Math.round(at.x - top) + MARGIN.top;
    const level = at.depth + 1;
    const item = at.data;
    const isLeaf = at.children === undefined;
    const own: Placed[] =
      item.kind === "pack"
        ? packed(item.nodes, x, y, level, live)
        : [{ node: item.node, kind: item.mark, x, y, level, packed: false, isLeaf }];
    placed.push(...own);
    const [first] = own;
    if (first === undefined) return;
    if (from !== null) links.push({ from, to: first });
    for (const child of at.children ?? []) visit(child, first);
  };
  visit(laid, null);
  const width = placed.reduce(
    (right, each) => Math.max(right, each.x + labelRoom(each, widthOf)),
    0,
  );
  const withWords = new Map(
    placed.map((each) => {
      const words = leafWords(each, leafRoom(each, placed, links, width), widthOf);
      return [each, { ...each, words }];
    }),
  );
  const at = (each: Placed) => withWords.get(each) ?? { ...each, words: "" };
  return {
    width,
    height: Math.round(bottom - top) + MARGIN.top + MARGIN.bottom,
    nodes: [...withWords.values()],
    edges: links.map(({ from, to }) => ({ from: at(from), to: at(to) })),
  };
}

function childrenOf(nodes: readonly ExperimentNode[]): Map<NodeId, ExperimentNode[]> {
  const children = new Map<NodeId, ExperimentNode[]>();
  for (const node of nodes) {
    if (node.parent === null) continue;
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [node]);
    else siblings.push(node);
  }
  return children;
}

function itemsOf(
  siblings: readonly ExperimentNode[],
  children: ReadonlyMap<NodeId, readonly ExperimentNode[]>,
  itemOf: (node: ExperimentNode) => Item,
): Item[] {
  const items = siblings.map(itemOf);
  const dead = items.flatMap((item) =>
    item.kind === "node" &&
    !isStep(item.mark) &&
    item.mark !== "running" &&
    !children.has(item.node.id)
      ? [item]
      : [],
  );
  if (dead.length < PACK_FROM) return items;
  const left = items.filter((item) => !dead.some((other) => other === item));
  return [...left, { kind: "pack", nodes: dead.map(({ node }) => node) }];
}

function heightOf(item: Item): number {
  if (item.kind === "node") return ROW;
  return Math.max(ROW, Math.ceil(item.nodes.length / PACK_COLUMNS) * CELL + 10);
}

function packed(
  nodes: readonly ExperimentNode[],
  x: number,
  y: number,
  level: number,
  live: boolean,
): Placed[] {
  const rows = Math.ceil(nodes.length / PACK_COLUMNS);
  const firstY = y - ((rows - 1) * CELL) / 2;
  return nodes.map((node, k) => ({
    node,
    kind: kindOf(node, live),
    x: x + (k % PACK_COLUMNS) * CELL,
    y: firstY + Math.floor(k / PACK_COLUMNS) * CELL,
    level,
    packed: true,
    isLeaf: true,
  }));
}
