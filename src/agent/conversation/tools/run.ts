import { z } from "zod";
import type { Workbench } from "../../../core/prompt/workbench.ts";
import { formatBytes, formatCounted } from "../../../core/text/number.ts";
import type { ConversationOptions } from "../options.ts";
import { excerptOf } from "../truncation.ts";
import { captureCommand } from "./captured-command.ts";
import { defineTool, type Tool } from "./tool.ts";

const EXCERPT = { headBytes: 4 * 1024, tailBytes: 12 * 1024 };

/** The tool as it is in one run: its description has what a command there really has. */
export function runTool(
  bench: Workbench,
  options: Pick<ConversationOptions, "run" | "sandbox">,
): Tool {
  const longestSeconds = options.run.longestMs / 1000;
  return defineTool({
    name: "run",
    description: descriptionOf(bench, options),
    input: z.strictObject({
      command: z.string().min(1),
      timeout_s: z.int().min(1).max(longestSeconds).optional().describe("time limit in seconds"),
    }),
    use: async ({ command, timeout_s }, context) => {
      const { timeoutMs } = context.options.run;
      const limitMs = timeout_s === undefined ? timeoutMs : timeout_s * 1000;
      const { exitCode, output, file } = await captureCommand(command, limitMs, context);
      const shown = excerptOf(
        output,
        EXCERPT,
        (bytes) => `(… ${bytes} bytes left out; see ${file})`,
      );
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
}

function descriptionOf(
  { shell, programs, cpus }: Workbench,
  { run, sandbox }: Pick<ConversationOptions, "run" | "sandbox">,
): string {
  const line = shell === "bash" ? "bash -o pipefail -c" : "sh -c";
  const there = programs.length === 0 ? "" : ` There are ${programs.join(", ")}.`;
  return [
    `Runs a command in /workspace by \`${line}\`, a new shell each time, without input; stdout and stderr come in their order.`,
    `It has ${formatCounted(cpus, "cpu")}, ${formatBytes(sandbox.memoryBytes)} of memory and ${sandbox.network === "none" ? "no" : "an open"} network.`,
    `After ${run.timeoutMs / 1000} s, or what you name, it is ended with every process it started.`,
    `Long output is cut to head and tail; a file keeps all.${there}`,
  ].join(" ");
}
