import type Anthropic from "@anthropic-ai/sdk";
import type { Workbench } from "../../../core/prompt/workbench.ts";
import type { ConversationOptions } from "../options.ts";
import { build } from "./build.ts";
import { edit } from "./edit.ts";
import { finish } from "./finish.ts";
import { quickBench } from "./quick-bench.ts";
import { runTool } from "./run.ts";
import type { Tool, ToolResult } from "./tool.ts";
import type { ToolContext } from "./tool-context.ts";
import { view } from "./view.ts";
import { write } from "./write.ts";

/** The tools of a run's agents: those that work there, with what they really can. */
export class Toolset {
  readonly #tools: readonly Tool[];

  constructor(bench: Workbench, options: Pick<ConversationOptions, "run" | "sandbox">) {
    const looks = bench.quickBench.kind === "works" ? [quickBench] : [];
    // The order never changes, because tools are the first part of what is cached.
    this.#tools = [view, edit, write, runTool(bench, options), build, ...looks, finish];
  }

  get parameters(): readonly Anthropic.Tool[] {
    return this.#tools.map(({ parameter }) => parameter);
  }

  /** Does what the model asks for. Rejects with the signal's reason, and where the engine fails. */
  async call(
    { name, input }: Pick<Anthropic.ToolUseBlock, "name" | "input">,
    context: ToolContext,
  ): Promise<ToolResult> {
    context.signal.throwIfAborted();
    const tool = this.#tools.find(({ parameter }) => parameter.name === name);
    if (tool !== undefined) return tool.call(input, context);
    const names = this.#tools.map(({ parameter }) => parameter.name).join(", ");
    return { kind: "error", text: `there is no such tool; the tools are ${names}` };
  }
}
