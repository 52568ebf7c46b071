import { z } from "zod";
import { formatCounted } from "../../../core/text/number.ts";
import { applyChange, type FileChange } from "../../change.ts";
import { decodeText, endsLinesWithCrlf, withCrlf } from "../../file-text.ts";
import { nearestRegions } from "./nearest-regions.ts";
import { defineTool } from "./tool.ts";
import { type ToolContext, workspacePath } from "./tool-context.ts";
import { linesOf } from "./view.ts";

export const edit = defineTool({
  name: "edit",
  description:
    "Replaces text in a file. `old` must be in it exactly, white space included, and once unless `all` is true.",
  input: z.strictObject({
    path: z.string().min(1),
    old: z.string().min(1),
    new: z.string(),
    all: z.boolean().optional(),
  }),
  use: async (input, context) => {
    const path = workspacePath(input.path);
    const before = await textOf(path, context);
    const change: FileChange | null =
      input.all && before !== null
        ? replaceAll(path, before, input.old, input.new)
        : { kind: "replace", path, old: input.old, new: input.new };
    const outcome =
      change === null
        ? { kind: "failed" as const, reason: `${path}: the old text does not occur` }
        : await applyChange(context.session, change);
    if (outcome.kind === "applied") {
      return { kind: "done", text: placeOf(path, before ?? "", await textOf(path, context)) };
    }
    const near =
      before === null || sameIn(before, input.old) ? [] : nearestRegions(before, input.old);
    return { kind: "error", text: [outcome.reason, ...near].join("\n") };
  },
});

async function textOf(path: string, { session }: ToolContext): Promise<string | null> {
  const content = await session.readFile(path);
  return content === null ? null : decodeText(content);
}

/** Returns `null` when there is nothing to replace. As in a single replacement, a file of CRLF lines keeps them. */
function replaceAll(
  path: string,
  text: string,
  old: string,
  replacement: string,
): FileChange | null {
  const crlf = endsLinesWithCrlf(text);
  const wanted = crlf ? withCrlf(old) : old;
  if (!text.includes(wanted)) return null;
  const edited = text.split(wanted).join(crlf ? withCrlf(replacement) : replacement);
  return { kind: "write", path, content: Buffer.from(edited, "utf8") };
}

function sameIn(text: string, old: string): boolean {
  return text.includes(old) || (endsLinesWithCrlf(text) && text.includes(withCrlf(old)));
}

/** Where the new lines are now. The model wrote them, and what they replace stood there exactly: no need to show either. */
function placeOf(path: string, before: string, after: string | null): string {
  if (after === null) return `${path} is changed`;
  const [was, is] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(was.length, is.length);
  let first = 0;
  while (first < shorter && was[first] === is[first]) first += 1;
  let same = 0;
  while (same < shorter - first && was.at(-1 - same) === is.at(-1 - same)) same += 1;
  const last = is.length - same;
  const place =
    last <= first
      ? `lines are gone before line ${first + 1}`
      : last === first + 1
        ? `line ${last} is new`
        : `lines ${first + 1} to ${last} are new`;
  return `${path} is changed: ${place}, of ${formatCounted(is.length, "line")}`;
}
