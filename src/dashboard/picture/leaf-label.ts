import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Placed, PlacedNode } from "./placed.ts";

/** The line turns here, before the children. */
export const TURN = 18;
/** The width of a label without words, such as `…1.4.2 +12.3 %` in 11.5 pixels. */
const LABEL = 132;
const PACKED_ROOM = 14;
/** The width of a character in the widest fonts that pages are read in. */
const CHARACTER = 6.6;
const MOST_WORDS = 44;
/** Fewer characters say nothing. */
const LEAST_WORDS = 10;
const LABEL_GAP = 12;
const LABEL_ABOVE = 9;
/** A label would touch anything nearer than this, above or below. */
const BESIDE = 13;
const SHOWN_PARTS = 3;

/** The end of a deep id, `…1.9.12`. Ids of forty levels would push everything else aside. */
export function shortId(id: NodeId): string {
  const parts = id.split(".");
  return parts.length <= SHOWN_PARTS + 1 ? id : `…${parts.slice(-SHOWN_PARTS).join(".")}`;
}

/** As many words as there is room for, beside the label of a leaf. */
export function leafWords({ node, packed, isLeaf, room }: PlacedNode): string {
  const characters = Math.floor((room - LABEL) / CHARACTER);
  if (packed || !isLeaf || characters < LEAST_WORDS) return "";
  return printable(wordsOf(node), characters);
}

/** The room for the id, the gain, and some words of a leaf. */
export function labelRoom({ node, packed, isLeaf }: Placed): number {
  if (packed) return PACKED_ROOM;
  const words = isLeaf ? Math.min(wordsOf(node).length, MOST_WORDS) : 0;
  return LABEL + Math.ceil(words * CHARACTER);
}

function wordsOf({ description, reason }: ExperimentNode): string {
  return description === "" ? reason : description;
}

/** The room from a leaf to the next thing on its right, or to the edge. */
export function leafRoom(
  { x, y, isLeaf, packed }: Placed,
  placed: readonly Placed[],
  links: readonly { from: Placed; to: Placed }[],
  width: number,
): number {
  if (packed || !isLeaf) return 0;
  let right = width;
  for (const other of placed) {
    // A node with children has its label above its line.
    const label = other.isLeaf ? other.y : other.y - LABEL_ABOVE;
    const isBeside = Math.min(Math.abs(other.y - y), Math.abs(label - y)) < BESIDE;
    if (other.x > x && isBeside) right = Math.min(right, other.x - LABEL_GAP);
  }
  for (const { from, to } of links) {
    const turn = to.x - TURN;
    const isBeside = Math.min(from.y, to.y) - BESIDE < y && y < Math.max(from.y, to.y) + BESIDE;
    if (turn > x && isBeside) right = Math.min(right, turn);
  }
  return right - x;
}
