import type { PlacedNode, TreeLayout } from "../picture/placed.ts";

/**
 * Where a key leads from a node: left to its parent, right to its first child, up and down within its column, Home and
 * End to the first and the last. `null` for any other key, and where there is no node.
 */
export function neighbour(layout: TreeLayout, from: PlacedNode, key: string): PlacedNode | null {
  const { nodes } = layout;
  switch (key) {
    case "ArrowLeft":
      return nodes.find(({ node }) => node.id === from.node.parent) ?? null;
    case "ArrowRight":
      return topmost(nodes.filter(({ node }) => node.parent === from.node.id));
    case "ArrowUp":
    case "ArrowDown": {
      const column = nodes
        .filter(({ level }) => level === from.level)
        .sort((a, b) => a.y - b.y || a.x - b.x);
      return column[column.indexOf(from) + (key === "ArrowUp" ? -1 : 1)] ?? null;
    }
    case "Home":
      return nodes[0] ?? null;
    case "End":
      return nodes.at(-1) ?? null;
    default:
      return null;
  }
}

function topmost(nodes: readonly PlacedNode[]): PlacedNode | null {
  return nodes.toSorted((a, b) => a.y - b.y || a.x - b.x)[0] ?? null;
}
