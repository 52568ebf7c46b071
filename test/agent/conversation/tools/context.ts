import type { ToolResult } from "../../../../src/agent/conversation/tools/tool.ts";
import type { ToolContext } from "../../../../src/agent/conversation/tools/tool-context.ts";
import { Toolset } from "../../../../src/agent/conversation/tools/toolset.ts";
import type { AgentSession } from "../../../../src/agent/session.ts";
import { UNKNOWN_WORKBENCH } from "../../../../src/core/prompt/workbench.ts";
import { FAST } from "../lab.ts";

/** A workbench in a session, with everything else as small as it can be. */
export function contextFor(session: AgentSession, change: Partial<ToolContext> = {}): ToolContext {
  return {
    session,
    signal: new AbortController().signal,
    options: {
      build: { command: "make", timeoutMs: 5_000 },
      run: { timeoutMs: 5_000, longestMs: 10_000 },
    },
    shell: "sh",
    counters: { outputs: 0, benchesLeft: 2 },
    quickBench: async () => ({ kind: "compared", text: "time_ms 100", isWorse: false }),
    ...change,
  };
}

const TOOLSET = new Toolset(UNKNOWN_WORKBENCH, FAST);

/** The text of a tool's result, with `error:` before that of one that failed. */
export async function told(name: string, input: object, context: ToolContext): Promise<string> {
  const result: ToolResult = await TOOLSET.call({ name, input }, context);
  if (result.kind === "finished") return `finished: ${JSON.stringify(result.finish)}`;
  return result.kind === "error" ? `error: ${result.text}` : result.text;
}
