import { z } from "zod";
import { excerptOf } from "../truncation.ts";
import { captureCommand } from "./captured-command.ts";
import { defineTool } from "./tool.ts";

const MAX_ERROR_LINES = 20;
const MAX_ERROR_LENGTH = 400;
const ALL_BYTES = 6 * 1024;
const TAIL = { headBytes: 0, tailBytes: 4 * 1024 };
const ERROR = /\b(error|fatal|undefined reference|exception|panicked|cannot find|failed)\b/i;

export const build = defineTool({
  name: "build",
  description: "Builds as for the measurement. Shows the first errors and the end of the output.",
  input: z.strictObject({}),
  use: async (_, context) => {
    const { command, timeoutMs } = context.options.build;
    const { exitCode, output, file } = await captureCommand(command, timeoutMs, {
      ...context,
      // As it will be built for the measurement.
      shell: "sh",
    });
    if (exitCode === 0) {
      const shown = excerptOf(output, TAIL, () => `(the end of ${file})`);
      return { kind: "done", text: `the build passed\n${shown}`.trimEnd() };
    }
    const end =
      exitCode === null
        ? `the build took longer than ${timeoutMs / 1000} s`
        : `the build failed with exit code ${exitCode}`;
    return { kind: "error", text: `${end}\n${errorsOf(output, file)}`.trimEnd() };
  },
});

/** A short output as it is. A long one keeps its first errors, which cause the others, and its end. */
function errorsOf(output: string, file: string): string {
  if (Buffer.byteLength(output) <= ALL_BYTES) return output;
  const errors = output
    .split("\n")
    .filter((line) => ERROR.test(line))
    .slice(0, MAX_ERROR_LINES)
    .map((line) => line.slice(0, MAX_ERROR_LENGTH));
  const tail = excerptOf(output, TAIL, () => `(the end of ${file})`);
  return errors.length === 0 ? tail : `first errors:\n${errors.join("\n")}\n${tail}`;
}
