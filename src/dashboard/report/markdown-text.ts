import { printable, printableBlock } from "../../core/text/printable.ts";

const LEAST_FENCE = 3;
/** ASCII punctuation with a meaning in Markdown or HTML. A backslash may escape any of it (CommonMark 2.4). */
const MARKUP = /[\\`*_{}[\]()<>|~&!^]/g;
/**
 * Text that GitHub turns into links, mentions and emoji after Markdown. A comment in between hides it from GitHub, and
 * shows nothing.
 */
const REFERENCE = /[@#](?=\S)|:(?=\/\/|[\w+-]+:)|\bGH-(?=\d)|\bwww(?=\.)/gi;
const BREAK = "<!-- -->";

/**
 * Text that nobody vouches for, on one line of Markdown. It is shown as it is, with no markup, link, mention or closing
 * keyword of its own. It is meant for the middle of a line: what a line may begin with is not escaped.
 */
export function escapeMarkdown(text: string, maxLength = 500): string {
  return (
    printable(text.trim().replace(/\s+/g, " "), maxLength)
      .replace(MARKUP, "\\$&")
      .replace(REFERENCE, `$&${BREAK}`)
      // Two of them would be mathematics.
      .replaceAll("$", "<span>$</span>")
  );
}

/** A block that shows the text as it is. Its fence is longer than any in the text. */
export function fencedBlock(text: string, language: string): string {
  const shown = printableBlock(text).replace(/\n$/, "");
  const longest = [...shown.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
  const fence = "`".repeat(Math.max(LEAST_FENCE, longest + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** A block that is folded until a reader opens it. The summary is ours: it is HTML, in which nothing is escaped. */
export function detailsBlock(summary: string, content: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}
