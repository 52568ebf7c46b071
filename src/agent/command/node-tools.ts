import type { Workbench } from "../../core/prompt/workbench.ts";
import type { ConversationOptions } from "../conversation/options.ts";
import { build } from "../conversation/tools/build.ts";
import { finish } from "../conversation/tools/finish.ts";
import type { Finish } from "../conversation/tools/finish-input.ts";
import { quickBench } from "../conversation/tools/quick-bench.ts";
import type { Tool } from "../conversation/tools/tool.ts";
import type { Counters } from "../conversation/tools/tool-context.ts";
import type { OwnTool, OwnTools, ToolAnswer } from "../gateway/gateway-options.ts";
import type { QuickLook } from "../host.ts";
import type { AgentSession } from "../session.ts";
import { history } from "./history-tool.ts";

const TOOLS: Readonly<Record<string, Tool>> = { quick_bench: quickBench, build, history, finish };
const FINISHED = "taken: the files are measured once you end your turn";

interface NodeToolsOptions {
  readonly options: Pick<ConversationOptions, "build" | "run">;
  readonly maxBenches: number;
  readonly workbench: Workbench;
  readonly quickBench: (session: AgentSession, signal: AbortSignal) => Promise<QuickLook>;
}

interface Step {
  readonly session: AgentSession;
  readonly signal: AbortSignal;
  readonly onFinished: () => void;
}

/** loopty's own tools for a command line, by `loopty-node` and as a server of MCP: what needs loopty. */
export class NodeTools implements OwnTools {
  readonly #options: NodeToolsOptions;
  readonly #counters: Counters;
  #step: Step | null = null;
  /** What it said when it ended its work in this step; `null` as long as it has not. */
  finish: Finish | null = null;

  constructor(options: NodeToolsOptions) {
    this.#options = options;
    this.#counters = { outputs: 0, benchesLeft: options.maxBenches };
  }

  get list(): OwnTool[] {
    const { quickBench } = this.#options.workbench;
    return Object.values(TOOLS)
      .map(({ parameter }) => parameter)
      .filter(({ name }) => name !== "quick_bench" || quickBench.kind === "works")
      .map(({ name, description = "", input_schema: inputSchema }) => ({
        name,
        description,
        inputSchema,
      }));
  }

  /** Tools work in this container from now on. Resolves when `finish` was called. */
  begin(session: AgentSession, signal: AbortSignal): Promise<void> {
    this.finish = null;
    return new Promise((resolve) => {
      this.#step = { session, signal, onFinished: resolve };
    });
  }

  async call(name: string, input: unknown): Promise<ToolAnswer> {
    const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
    if (tool === undefined || this.#step === null) {
      const names = Object.keys(TOOLS).join(", ");
      return { isError: true, text: `there is no such tool; the tools are ${names}` };
    }
    const { options, workbench, quickBench } = this.#options;
    if (name === "quick_bench" && workbench.quickBench.kind === "absent") {
      return {
        isError: true,
        text: `quick_bench cannot work here: ${workbench.quickBench.reason}`,
      };
    }
    const { session, signal, onFinished } = this.#step;
    const { shell } = workbench;
    const context = { session, signal, options, shell, quickBench, counters: this.#counters };
    const result = await tool.call(input, context);
    if (result.kind !== "finished") return { isError: result.kind === "error", text: result.text };
    this.finish = result.finish;
    onFinished();
    return { isError: false, text: FINISHED };
  }
}
