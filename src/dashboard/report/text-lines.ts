import { printable } from "../../core/text/printable.ts";

/** The words in lines of at most so many characters, as an SVG breaks no line by itself. A longer word is cut. */
export function textLines(text: string, mostCharacters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && longer.length <= mostCharacters) lines.splice(-1, 1, longer);
    else lines.push(printable(word, mostCharacters));
  }
  return lines;
}
