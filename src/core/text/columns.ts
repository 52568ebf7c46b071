import { eastAsianWidth } from "get-east-asian-width";

// These are drawn over the character before them, as every terminal knows: Latin, Cyrillic, Hebrew, Arabic, Thai, symbols.
const COMBINING: readonly (readonly [from: number, to: number])[] = [
  [0x0300, 0x036f],
  [0x0483, 0x0487],
  [0x0591, 0x05bd],
  [0x064b, 0x065e],
  [0x0e31, 0x0e31],
  [0x0e34, 0x0e3a],
  [0x0e47, 0x0e4e],
  [0x20d0, 0x20ef],
  [0xfe20, 0xfe23],
];
// Terminals with older tables give a column to newer marks. They also disagree about half a flag, and about a sign that
// is drawn as a picture. The wider guess breaks no line.
const HALF_FLAG = /\p{Regional_Indicator}/u;
const AS_PICTURE = "\ufe0f";

/** The most columns of a terminal that a printable text takes (UAX 11; what is ambiguous is narrow, as it says). */
export function columnsOf(text: string): number {
  return Array.from(text, columnsOfCharacter).reduce((sum, columns) => sum + columns, 0);
}

/** The text, filled with spaces up to that many columns. */
export function padColumns(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columnsOf(text)));
}

/** The rows as lines, each column as wide as its widest cell. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, k) =>
    rows.reduce((width, row) => Math.max(width, columnsOf(row[k] ?? "")), 0),
  );
  return rows.map((row) => row.map((cell, k) => padColumns(cell, widths[k] ?? 0)).join("  "));
}

/** The text cut to at most that many columns, the last of which is then "…". */
export function cutToColumns(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let cut = "";
  let columns = 0;
  for (const character of text) {
    columns += columnsOfCharacter(character);
    if (columns > width - 1) break;
    cut += character;
  }
  return width < 1 ? "" : `${cut}…`;
}

/**
 * The text in lines of at most that many columns, broken at spaces. What follows the first stands below its text: behind
 * `hang` columns. A word that is longer than a line stays whole.
 */
export function wrapColumns(text: string, width: number, hang: number): string[] {
  if (columnsOf(text) <= width) return [text];
  const indent = " ".repeat(hang);
  const lines: string[] = [];
  let line = text.slice(0, hang);
  let isEmpty = true;
  for (const word of text.slice(hang).split(" ")) {
    const longer = isEmpty ? `${line}${word}` : `${line} ${word}`;
    if (!isEmpty && columnsOf(longer) > width) {
      lines.push(line);
      line = `${indent}${word}`;
    } else {
      line = longer;
    }
    isEmpty = false;
  }
  return [...lines, line];
}

function columnsOfCharacter(character: string): number {
  if (character === AS_PICTURE) return 1;
  if (HALF_FLAG.test(character)) return 2;
  const codePoint = character.codePointAt(0) ?? 0;
  if (COMBINING.some(([from, to]) => from <= codePoint && codePoint <= to)) return 0;
  return eastAsianWidth(codePoint);
}
