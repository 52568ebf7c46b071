import type { ExperimentNode } from "../../core/tree/node.ts";
import type { NodeKind } from "./node-kind.ts";

/** A node at the place where it is drawn. */
export interface Placed {
  readonly node: ExperimentNode;
  readonly kind: NodeKind;
  /** The centre of its mark, in pixels at a zoom of 1. */
  readonly x: number;
  readonly y: number;
  /** 1 for the baseline. */
  readonly level: number;
  /** Whether it is one of several that led nowhere, drawn close together and without a label. */
  readonly packed: boolean;
  /** Whether nothing grew from it yet. */
  readonly isLeaf: boolean;
}

export interface PlacedNode extends Placed {
  /** As many words of a leaf as there is room for, up to the next thing on its right or the edge; empty for all others. */
  readonly words: string;
}

export interface Edge {
  readonly from: PlacedNode;
  /** The child, or the first of a pack. */
  readonly to: PlacedNode;
}

export interface TreeLayout {
  readonly width: number;
  readonly height: number;
  /** The nodes in the order in which a tree is read: a node, then what grew from it. */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly Edge[];
}
