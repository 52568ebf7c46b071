import { z } from "zod";
import { dataBlock } from "../../../core/prompt/section.ts";
import { shellQuote } from "../../../core/text/shell.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import { decodeText } from "../../file-text.ts";
import { defineTool, type ToolResult } from "./tool.ts";
import { type ToolContext, workspacePath } from "./tool-context.ts";

const MAX_LINES = 400;
const MAX_BYTES = 16 * 1024;
const MAX_LINE_LENGTH = 2_000;
const LIST_TIMEOUT_MS = 10_000;

export const view = defineTool({
  name: "view",
  description: `Shows a text file with line numbers, which are not part of it, at most ${MAX_LINES} lines and ${MAX_BYTES / 1024} KB at a time, or the names in a folder.`,
  input: z.strictObject({
    path: z.string().min(1),
    start: z.int().positive().optional().describe("first line, from 1"),
    end: z.int().positive().optional().describe("last line, included"),
  }),
  use: async ({ path, start = 1, end }, context) => {
    const file = workspacePath(path);
    const content = await context.session.readFile(file);
    if (content === null) return viewFolder(file, context);
    const text = decodeText(content);
    if (text === null) {
      return { kind: "error", text: `${file} is not UTF-8 text (${content.length} bytes)` };
    }
    const lines = linesOf(text);
    if (start > lines.length) {
      return { kind: "error", text: `${file} has ${lines.length} lines` };
    }
    const wanted = lines.slice(start - 1, Math.min(end ?? lines.length, start - 1 + MAX_LINES));
    const shown = withinBytes(numbered(wanted, start));
    const last = start + shown.length - 1;
    const rest =
      last < Math.min(end ?? lines.length, lines.length)
        ? `\n(lines ${start} to ${last} of ${lines.length}; go on with start: ${last + 1})`
        : "";
    return { kind: "done", text: `${shown.join("\n")}${rest}` };
  },
});

/** Lines as an editor shows them, each after its number. */
export function numbered(lines: readonly string[], first: number): string[] {
  return lines.map((line, index) => {
    const cut =
      line.length > MAX_LINE_LENGTH
        ? `${line.slice(0, MAX_LINE_LENGTH)} (…line of ${line.length} characters)`
        : line;
    return `${String(first + index).padStart(5)}\t${dataBlock(cut)}`;
  });
}

/** Lines without the empty one after the last line end, and without the carriage returns that `edit` takes care of. */
export function linesOf(text: string): string[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  return lines.at(-1) === "" && lines.length > 1 ? lines.slice(0, -1) : lines;
}

function withinBytes(lines: readonly string[]): string[] {
  let bytes = 0;
  const end = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > MAX_BYTES;
  });
  return end < 0 ? [...lines] : lines.slice(0, Math.max(end, 1));
}

async function viewFolder(folder: string, { session, signal }: ToolContext): Promise<ToolResult> {
  const place = shellQuote(folder.startsWith("/") ? folder : `./${folder}`);
  const command = `[ -d ${place} ] && ls -1Ap -- ${place}`;
  const { exitCode, output } = await untilAborted(session.run(command, LIST_TIMEOUT_MS), signal);
  if (exitCode !== 0) return { kind: "error", text: `there is no file ${folder}` };
  const names = dataBlock(output).trimEnd().split("\n");
  const more = names.length > MAX_LINES ? `\n(${names.length - MAX_LINES} more)` : "";
  return { kind: "done", text: `${names.slice(0, MAX_LINES).join("\n")}${more}` };
}
