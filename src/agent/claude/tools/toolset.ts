import type Anthropic from "@anthropic-ai/sdk";
import { build } from "./build.ts";
import { edit } from "./edit.ts";
import { finish } from "./finish.ts";
import { quickBench } from "./quick-bench.ts";
import { run } from "./run.ts";
import type { Tool, ToolResult } from "./tool.ts";
import type { ToolContext } from "./tool-context.ts";
import { view } from "./view.ts";
import { write } from "./write.ts";

/** The order never changes, because tools are the first part of what is cached. */
const TOOLS: readonly Tool[] = [view, edit, write, run, build, quickBench, finish];

export const TOOL_PARAMETERS: readonly Anthropic.Tool[] = TOOLS.map(({ parameter }) => parameter);

/** Does what the model asks for. Rejects with the signal's reason, and where the engine fails. */
export async function callTool(
  { name, input }: Pick<Anthropic.ToolUseBlock, "name" | "input">,
  context: ToolContext,
): Promise<ToolResult> {
  context.signal.throwIfAborted();
  const tool = TOOLS.find(({ parameter }) => parameter.name === name);
  if (tool !== undefined) return tool.call(input, context);
  const names = TOOL_PARAMETERS.map((parameter) => parameter.name).join(", ");
  return { kind: "error", text: `there is no such tool; the tools are ${names}` };
}
