import { formatCount } from "../text/number.ts";

/** The least that `cutWords` and `cutLines` need: room to say how much is left out. */
export const LEAST_CUT_BYTES = 40;

// Scripts without spaces between words may be cut at every character.
const IDEOGRAPH = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}";
const WORD = new RegExp(`(?:[${IDEOGRAPH}]\\p{M}*|[^\\s${IDEOGRAPH}]+)\\s*|\\s+`, "gu");
const LINE = /[^\n]*\n|[^\n]+$/g;

/** Size in UTF-8, in which all sizes of prompts are counted. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** `… 1,204 bytes left out`. Nothing is cut without this mark. */
function leftOutMark(bytes: number): string {
  return `… ${formatCount(bytes)} bytes left out`;
}

/**
 * The text in at most `maxBytes`, cut between two words. It keeps its beginning and says what is left out. A word is
 * never cut.
 */
export function cutWords(text: string, maxBytes: number): string {
  return cutPieces(text, WORD, " ", maxBytes) ?? leftOutMark(bytesOf(text));
}

/** The same for several lines. It cuts between two of them, or within a line that is so long that little else would be left. */
export function cutLines(text: string, maxBytes: number): string {
  const lines = cutPieces(text, LINE, "\n", maxBytes);
  return lines === null || bytesOf(lines) < maxBytes / 2 ? cutWords(text, maxBytes) : lines;
}

/** Returns `null` where not one piece fits. */
function cutPieces(text: string, pieces: RegExp, gap: string, maxBytes: number): string | null {
  const allBytes = bytesOf(text);
  if (allBytes <= maxBytes) return text;
  const room = maxBytes - bytesOf(gap + leftOutMark(allBytes));
  let end = 0;
  let bytes = 0;
  for (const [piece] of text.matchAll(pieces)) {
    const trimmed = piece.trimEnd();
    if (bytes + bytesOf(trimmed) > room) break;
    bytes += bytesOf(piece);
    end += piece.length;
  }
  const kept = text.slice(0, end).trimEnd();
  return kept === "" ? null : `${kept}${gap}${leftOutMark(allBytes - bytesOf(kept))}`;
}
