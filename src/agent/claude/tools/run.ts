import { z } from "zod";
import { excerptOf } from "../truncation.ts";
import { captureCommand } from "./captured-command.ts";
import { defineTool } from "./tool.ts";

const EXCERPT = { headBytes: 4 * 1024, tailBytes: 12 * 1024 };

export const run = defineTool({
  name: "run",
  description: `Runs a shell command in the workspace, in a fresh shell without input and without network. Its time limit ends every process that it started. Long output is cut to its head and tail; all of it stays in a file.`,
  input: z.strictObject({
    command: z.string().min(1).describe("for sh -c"),
    timeout_s: z.int().positive().optional().describe("time limit in seconds"),
  }),
  use: async ({ command, timeout_s }, context) => {
    const { timeoutMs, longestMs } = context.options.run;
    const limitMs = Math.min(timeout_s === undefined ? timeoutMs : timeout_s * 1000, longestMs);
    const { exitCode, output, file } = await captureCommand(command, limitMs, context);
    const shown = excerptOf(output, EXCERPT, (bytes) => `(… ${bytes} bytes left out; see ${file})`);
    const end =
      exitCode === null
        ? `ended by the time limit of ${limitMs / 1000} s`
        : `exit code ${exitCode}`;
    return {
      kind: exitCode === 0 ? "done" : "error",
      text: shown === "" ? `${end}, no output` : `${end}\n${shown}`,
    };
  },
});
