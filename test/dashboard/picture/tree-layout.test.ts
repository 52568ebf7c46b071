import { describe, expect, it } from "vitest";
import { layoutTree } from "../../../src/dashboard/picture/tree-layout.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { grownTree } from "../grown-tree.ts";

describe("the layout of a tree", () => {
  it("is empty without a baseline", () => {
    expect(layoutTree([], true)).toEqual({ width: 0, height: 0, nodes: [], edges: [] });
  });

  it("puts a level into a column, and a parent in the middle of its children", () => {
    const { nodes, edges } = layoutTree(
      ["1", "1.1", "1.2", "1.1.1"].map((id) => experimentNode(id, { verdict: "confirmed" })),
      false,
    );
    const placed = nodes.map(({ node, x, y, level }) => [node.id, x, y, level]);
    expect(placed).toEqual([
      ["1", 22, 48, 1],
      ["1.1", 160, 35, 2],
      ["1.1.1", 298, 35, 3],
      ["1.2", 160, 61, 2],
    ]);
    expect(edges.map(({ from, to }) => `${from.node.id} ${to.node.id}`)).toEqual([
      "1 1.1",
      "1.1 1.1.1",
      "1 1.2",
    ]);
  });

  it.each([2, 60, 1000])(
    "places each of %i nodes once, within the picture, none on another",
    (count) => {
      const tree = grownTree(count, { running: 1 });
      const { nodes, width, height } = layoutTree(tree, true);
      expect(nodes.map(({ node }) => node.id).sort()).toEqual(tree.map(({ id }) => id).sort());
      const places = new Set(nodes.map(({ x, y }) => `${Math.round(x / 8)} ${Math.round(y / 8)}`));
      expect(places.size).toBe(count);
      for (const { x, y } of nodes) {
        expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
      }
    },
  );

  it.each([4, 7, 11])(
    "has no more words of a leaf than fit, at %i pixels a character",
    (pixels) => {
      const words = "UNROLL 1 → 2, LOOP_ORDER 0 → 1, and many more words than there is room for";
      const leaf = (id: string) => experimentNode(id, { verdict: "confirmed", description: words });
      const tree = [experimentNode("1"), leaf("1.1"), leaf("1.2"), leaf("1.2.1")];
      const widthOf = (text: string) => pixels * text.length;
      const { nodes, width } = layoutTree(tree, false, widthOf);
      const shown = nodes.filter((placed) => placed.words !== "");
      expect(shown.map(({ node }) => node.id)).toEqual(["1.1", "1.2.1"]);
      for (const placed of shown) {
        expect(placed.x + 132 + widthOf(placed.words)).toBeLessThanOrEqual(width);
        expect(words.startsWith(placed.words.replace(/…$/, ""))).toBe(true);
      }
    },
  );

  it("packs four or more children that led nowhere, but none that gained, runs or has children", () => {
    const dead = [1, 2, 3, 4].map((k) => experimentNode(`1.${k}`, { verdict: "build_failed" }));
    const others = [
      experimentNode("1.5", { verdict: "improved" }),
      experimentNode("1.6", { verdict: "no_gain" }),
      experimentNode("1.6.1", { verdict: "worse" }),
      experimentNode("1.7", { phase: "reserved" }),
    ];
    const { nodes } = layoutTree([experimentNode("1"), ...dead, ...others], true);
    const packed = nodes.filter((placed) => placed.packed).map(({ node }) => node.id);
    expect(packed).toEqual(["1.1", "1.2", "1.3", "1.4"]);
    const three = layoutTree([experimentNode("1"), ...dead.slice(1)], true);
    expect(three.nodes.some((placed) => placed.packed)).toBe(false);
  });

  it("leaves out nodes whose parent is not there rather than all of them", () => {
    const { nodes } = layoutTree([experimentNode("1"), experimentNode("1.2.1")], false);
    expect(nodes.map(({ node }) => node.id)).toEqual(["1"]);
  });
});
