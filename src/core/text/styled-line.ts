import { columnsOf, cutToColumns } from "./columns.ts";

/** What a text means, not how it looks. A terminal without colours shows the same words. */
export type Style = "good" | "fair" | "bad" | "busy" | "muted" | "strong";

export interface Span {
  readonly text: string;
  /** `null` is plain text. */
  readonly style: Style | null;
}

/** One line for people, part by part. */
export type StyledLine = readonly Span[];

export function span(text: string, style: Style | null = null): Span {
  return { text, style };
}

/** The line without its styles. */
export function lineText(line: StyledLine): string {
  return line.map(({ text }) => text).join("");
}

/** The line cut to at most that many columns, the last of which is then "…". */
export function cutLine(line: StyledLine, width: number): StyledLine {
  if (columnsOf(lineText(line)) <= width) return line;
  const cut: Span[] = [];
  let room = width;
  for (const { text, style } of line) {
    const columns = columnsOf(text);
    if (columns >= room) {
      // Something follows, here or in the spans after it. The sign of the cut needs a column of its own.
      cut.push({ text: cutToColumns(`${text} `, room), style });
      break;
    }
    cut.push({ text, style });
    room -= columns;
  }
  return cut;
}

/** The line without spaces at its end. */
export function trimLine(line: StyledLine): StyledLine {
  const last = line.findLastIndex(({ text }) => text.trimEnd() !== "");
  return line
    .slice(0, last + 1)
    .map((part, k) => (k === last ? { ...part, text: part.text.trimEnd() } : part));
}
