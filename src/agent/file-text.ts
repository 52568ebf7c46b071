import { listOf } from "../core/text/listing.ts";

/**
 * The text of a file, byte order mark and line ends included, so that writing it back changes nothing. `null` when the
 * bytes are not UTF-8.
 */
export function decodeText(content: Buffer): string | null {
  // TextDecoder drops a byte order mark unless asked not to, and toString alone hides broken bytes.
  const text = content.toString("utf8");
  return Buffer.from(text, "utf8").equals(content) ? text : null;
}

/** Whether every line ends in CRLF, and there is at least one. */
export function endsLinesWithCrlf(text: string): boolean {
  return text.includes("\r\n") && !/(?<!\r)\n/.test(text);
}

export function withCrlf(text: string): string {
  return text.replace(/(?<!\r)\n/g, "\r\n");
}

/** The numbers of the lines in which the offsets lie, such as `1, 3 and 2 more`. */
export function linesText(text: string, offsets: readonly number[], most: number): string {
  // Counting walks through the text, which is wasted on lines that are not named.
  const lines = offsets.map((offset, index) =>
    index < most ? String(text.slice(0, offset).split("\n").length) : "",
  );
  return listOf(lines, most);
}
