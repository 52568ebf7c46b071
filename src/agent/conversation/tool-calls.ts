import type Anthropic from "@anthropic-ai/sdk";
import { stuckText } from "./prompt.ts";
import type { StuckDetector } from "./stuck.ts";
import type { Finish } from "./tools/finish-input.ts";
import type { ToolContext } from "./tools/tool-context.ts";
import type { Toolset } from "./tools/toolset.ts";

/** The outcome of the tools of one answer. Every call has its result, except `finish`, whose result is the measurement. */
export interface ToolCallResults {
  readonly results: readonly Anthropic.ToolResultBlockParam[];
  readonly finished: { readonly callId: string; readonly finish: Finish } | null;
  /** What the model repeats; `null` as long as it makes progress. */
  readonly stuck: string | null;
}

/** Not done after a failure in the same answer. */
const HELD_BACK: Readonly<Record<string, string>> = {
  finish: "not finished: a tool before it failed, so look at that first",
  quick_bench: "not measured, and none used up: a tool before it failed, so look at that first",
};

/** Runs the tools of an answer in order, one after another, because a build must see the edits before it. */
export async function runTools(
  calls: readonly Anthropic.ToolUseBlock[],
  toolset: Toolset,
  context: ToolContext,
  detector: StuckDetector,
): Promise<ToolCallResults> {
  const results: Anthropic.ToolResultBlockParam[] = [];
  let finished: ToolCallResults["finished"] = null;
  let stuck: string | null = null;
  let isDoubted = false;
  for (const call of calls) {
    if (finished !== null) {
      results.push(resultOf(call, "not run: it came after finish", true));
      continue;
    }
    // A model that measures or finishes in the same answer as a change believes that the change was made.
    const isFailed = results.some((result) => result.is_error);
    const held = isFailed
      ? HELD_BACK[call.name]
      : isDoubted && call.name === "finish"
        ? "not finished: the look shows a loss; call finish again where you mean it"
        : undefined;
    if (held !== undefined) {
      results.push(resultOf(call, held, true));
      continue;
    }
    const result = await toolset.call(call, context);
    if (result.kind === "finished") {
      finished = { callId: call.id, finish: result.finish };
      continue;
    }
    const isError = result.kind === "error";
    isDoubted ||= result.kind === "doubted";
    results.push(resultOf(call, result.text, isError));
    const { name, input } = call;
    stuck = detector.notice({ name, input, result: result.text, isError }) ?? stuck;
  }
  return { results, finished, stuck };
}

export function resultOf(
  { id }: Pick<Anthropic.ToolUseBlock, "id">,
  text: string,
  isError: boolean,
): Anthropic.ToolResultBlockParam {
  return {
    type: "tool_result",
    tool_use_id: id,
    content: text,
    ...(isError ? { is_error: true } : {}),
  };
}

/**
 * Notices go into the last result, each as a text of its own, so that none passes for what the tool printed. A text
 * after the results would teach models to end their turn there (Anthropic's documentation on tool use).
 */
export function withNotices(
  results: ToolCallResults["results"],
  notices: {
    readonly stuck: string | null;
    readonly budget: string | null;
  },
): ToolCallResults["results"] {
  const stuck = notices.stuck === null ? null : stuckText(notices.stuck);
  const texts = [stuck, notices.budget].filter((text) => text !== null);
  if (texts.length === 0) return results;
  return results.map((result, index) =>
    index === results.length - 1
      ? { ...result, content: blocksOf([String(result.content), ...texts]) }
      : result,
  );
}

/** The API takes no empty ones. */
function blocksOf(texts: readonly string[]): Anthropic.TextBlockParam[] {
  return texts.filter((text) => text !== "").map((text) => ({ type: "text", text }));
}
