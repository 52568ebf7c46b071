import { printableBlock } from "../core/printable.ts";
import type { Sink } from "./world.ts";

/** Lines that are safe in a terminal already. */
export function printLines(sink: Sink, lines: readonly string[]): void {
  if (lines.length > 0) sink.write(`${lines.join("\n")}\n`);
}

/** One JSON document. */
export function printJson(sink: Sink, value: unknown): void {
  sink.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Bytes that nobody vouches for: as they are to a pipe, escaped on a terminal. */
export function printBytes(sink: Sink, bytes: Buffer): void {
  if (!sink.isTty) {
    sink.write(bytes);
    return;
  }
  const text = printableBlock(bytes.toString("utf8"));
  sink.write(text === "" || text.endsWith("\n") ? text : `${text}\n`);
}

/** Bytes as a member of a JSON document: text where they are UTF-8, else base64. */
export function jsonBytes(bytes: Buffer): {
  readonly encoding: "utf8" | "base64";
  readonly content: string;
} {
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes)
    ? { encoding: "utf8", content: text }
    : { encoding: "base64", content: bytes.toString("base64") };
}
