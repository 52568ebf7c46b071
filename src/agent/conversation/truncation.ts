/** How much of a long text is shown. */
export interface Excerpt {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/**
 * The head and the tail of a text, cut between lines where there are any, with a note of what is left out. The note
 * gets the number of bytes. Together with the text around it, it may exceed the limits.
 */
export function excerptOf(
  text: string,
  { headBytes, tailBytes }: Excerpt,
  note: (leftOutBytes: number) => string,
): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= headBytes + tailBytes) return text;
  const head = wholeLinesAtStart(bytes.subarray(0, characterStart(bytes, headBytes, -1)));
  const tail = wholeLinesAtEnd(bytes.subarray(characterStart(bytes, bytes.length - tailBytes, 1)));
  const leftOut = bytes.length - Buffer.byteLength(head) - Buffer.byteLength(tail);
  // A single long line is shown as far as it goes.
  const lineEnd = head === "" || head.endsWith("\n") ? "" : "\n";
  return `${head}${lineEnd}${note(leftOut)}\n${tail}`;
}

/** The next place, in the direction of `step`, that is not inside a character. */
function characterStart(bytes: Buffer, from: number, step: 1 | -1): number {
  let at = from;
  while (at > 0 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += step;
  return at;
}

function wholeLinesAtStart(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  const end = text.lastIndexOf("\n");
  return end < 0 ? text : text.slice(0, end + 1);
}

function wholeLinesAtEnd(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  const start = text.indexOf("\n");
  return start < 0 || start === text.length - 1 ? text : text.slice(start + 1);
}
