import { z } from "zod";
import { applyChange } from "../../change.ts";
import { defineTool } from "./tool.ts";
import { workspacePath } from "./tool-context.ts";
import { linesOf } from "./view.ts";

export const write = defineTool({
  name: "write",
  description: "Writes a whole file. Prefer `edit` where it is there already.",
  input: z.strictObject({
    path: z.string().min(1),
    content: z.string(),
  }),
  use: async ({ path, content }, { session }) => {
    const file = workspacePath(path);
    const change = { kind: "write", path: file, content: Buffer.from(content, "utf8") } as const;
    const outcome = await applyChange(session, change);
    return outcome.kind === "applied"
      ? { kind: "done", text: `${file} is written, ${linesOf(content).length} lines` }
      : { kind: "error", text: outcome.reason };
  },
});
