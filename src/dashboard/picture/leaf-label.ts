import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Placed } from "./placed.ts";
import type { TextWidth } from "./text-width.ts";

/** The line turns here, before the children. */
export const TURN = 18;
/** The width of a label without words, such as `…1.4.2 +12.3 %` in 11.5 pixels. */
const LABEL = 132;
const PACKED_ROOM = 14;
/** No font of words has many narrower or wider characters than these. */
const NARROWEST = 3;
const WIDEST = 12;
const MOST_WORDS = 44;
/** Fewer characters say nothing. */
const LEAST_WORDS = 10;
const LABEL_GAP = 12;
const LABEL_ABOVE = 9;
/** A label would touch anything nearer than this, above or below: a line of Noto Sans is 1.36 times as high as its letters. */
const BESIDE = 15;
const SHOWN_PARTS = 3;

/** The end of a deep id, `…1.9.12`. Ids of forty levels would push everything else aside. */
export function shortId(id: NodeId): string {
  const parts = id.split(".");
  return parts.length <= SHOWN_PARTS + 1 ? id : `…${parts.slice(-SHOWN_PARTS).join(".")}`;
}

/** As many words as there is room for, beside the label of a leaf. */
export function leafWords(
  { node, packed, isLeaf }: Placed,
  room: number,
  widthOf: TextWidth,
): string {
  if (packed || !isLeaf) return "";
  const free = room - LABEL;
  const words = wordsOf(node);
  let characters = Math.min(words.length, Math.floor(free / NARROWEST));
  while (characters >= Math.min(words.length, LEAST_WORDS)) {
    const shown = printable(words, characters);
    const over = widthOf(shown) - free;
    if (over <= 0) return shown;
    characters -= Math.max(1, Math.floor(over / WIDEST));
  }
  return "";
}

/** The room for the id, the gain, and some words of a leaf. */
export function labelRoom({ node, packed, isLeaf }: Placed, widthOf: TextWidth): number {
  if (packed) return PACKED_ROOM;
  const words = isLeaf ? printable(wordsOf(node), MOST_WORDS) : "";
  return LABEL + Math.ceil(widthOf(words));
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
