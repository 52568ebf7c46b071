import { lostLinesText } from "../../core/text/json.ts";
import { printableBlock, printableJson } from "../../core/text/printable.ts";
import type { StyledLine } from "../../core/text/styled-line.ts";
import type { Sink, World } from "../world.ts";
import { painterOf } from "./paint.ts";

/** Prints lines for people. They should come escaped. If a command forgets, they are escaped here. */
export function printLines(sink: Sink, lines: readonly string[]): void {
  if (lines.length > 0) sink.write(`${printableBlock(lines.join("\n"))}\n`);
}

/** Prints lines with styles, where the terminal is to have them. */
export function printStyled(
  world: Pick<World, "stdout" | "env">,
  lines: readonly StyledLine[],
): void {
  const paint = painterOf(world.stdout, world.env);
  if (lines.length > 0) world.stdout.write(`${lines.map(paint).join("\n")}\n`);
}

/** Says, beside what a command prints, what a file of ours had that nobody can read. */
export function tellLostLines(sink: Sink, lostLines: number, file: string): void {
  if (lostLines > 0) printLines(sink, [lostLinesText(lostLines, file)]);
}

/** Prints one JSON document. */
export function printJson(sink: Sink, value: unknown): void {
  sink.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
}

/** Prints one line of JSON among others. */
export function printJsonLine(sink: Sink, value: unknown): void {
  sink.write(`${printableJson(JSON.stringify(value))}\n`);
}

/** Prints bytes that nobody vouches for: as they are to a pipe, escaped on a terminal. */
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
