/** A text that may have been cut, with the number of bytes left out. */
export interface CutText {
  readonly text: string;
  readonly cutBytes: number;
}

/** The beginning of a text. */
export function headOf(content: string | Buffer, mostBytes: number): CutText {
  const bytes = Buffer.from(content);
  const kept = bytes.subarray(0, mostBytes);
  return { text: kept.toString("utf8"), cutBytes: bytes.length - kept.length };
}

/** The end of a text, where a log says why it ended. */
export function tailOf(bytes: Buffer, mostBytes: number): CutText {
  const kept = bytes.subarray(Math.max(0, bytes.length - mostBytes));
  return { text: kept.toString("utf8"), cutBytes: bytes.length - kept.length };
}
