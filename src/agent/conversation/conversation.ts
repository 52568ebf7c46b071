import type Anthropic from "@anthropic-ai/sdk";
import { EngineError, messageOf } from "../../core/error.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { usageSince } from "../../core/tree/usage.ts";
import type { AgentConversation, Analysis, ChangeFailure, EditOutcome } from "../agent.ts";
import { AgentFailure } from "../failure.ts";
import type { AgentSession } from "../session.ts";
import { verdictSentence } from "../verdict-sentence.ts";
import type { NodeDependencies } from "./dependencies.ts";
import { History } from "./history.ts";
import { BudgetNotices } from "./node-budget.ts";
import { analysisOf, analysisText, CUT, NO_ROOM, NUDGE, repairText } from "./prompt.ts";
import type { AgentStep } from "./recording/journal.ts";
import { type Answer, Exchange, type ExchangeDependencies } from "./request/exchange.ts";
import { abandoned, refused, type StepOutcome } from "./step-outcome.ts";
import { StuckDetector } from "./stuck.ts";
import { resultOf, runTools, type ToolCallResults, withNotices } from "./tool-calls.ts";
import { type Finish, lessonOf } from "./tools/finish-input.ts";
import type { Counters, ToolContext } from "./tools/tool-context.ts";
import { Toolset } from "./tools/toolset.ts";

export interface ConversationDependencies extends ExchangeDependencies {
  readonly id: string;
  readonly context: NodeDependencies["context"];
  readonly budget: NodeDependencies["budget"];
  readonly workbench: NodeDependencies["workbench"];
  readonly quickBench: NodeDependencies["quickBench"];
}

/** How many turns in a row may pass without a tool. */
const MAX_IDLE_TURNS = 3;

/**
 * A model at work on one node. The result of its call of `finish` is what became of the change, so measuring and
 * repairing are part of the same conversation.
 */
export class ModelConversation implements AgentConversation {
  readonly readsHistory = true;
  readonly repairs: number;
  readonly #dependencies: ConversationDependencies;
  readonly #exchange: Exchange;
  readonly #history: History;
  readonly #toolset: Toolset;
  readonly #notices: BudgetNotices;
  readonly #stuck = new StuckDetector();
  readonly #counters: Counters;
  #wasStuck = false;
  #finish: Finish | null = null;
  /** Results that are ready, except the result of `finish` itself, which is known only after measuring. */
  #open: { readonly callId: string; readonly results: ToolCallResults["results"] } | null = null;

  constructor(dependencies: ConversationDependencies) {
    this.repairs = dependencies.options.repairs;
    this.#dependencies = dependencies;
    this.#exchange = new Exchange(dependencies);
    const { context, options, budget, run, workbench } = dependencies;
    this.#toolset = new Toolset(workbench, options);
    this.#counters = { outputs: 0, benchesLeft: options.maxBenches };
    this.#notices = new BudgetNotices(budget, () => run.now().getTime());
    const notice = this.#notices.atStart(this.#benchesLeft);
    this.#history = new History(context, notice, this.#toolset.parameters);
  }

  async edit(session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    const { id, options, journal } = this.#dependencies;
    const { system, tools } = this.#history;
    await journal({
      type: "opened",
      id,
      model: options.model,
      system: [...system],
      tools: [...tools],
    });
    return this.#work("edit", session, signal);
  }

  repair(failure: ChangeFailure, session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    this.#answerFinish(repairText(failure));
    return this.#work("repair", session, signal);
  }

  async analyse(
    node: ExperimentNode,
    metrics: readonly Metric[],
    signal: AbortSignal,
  ): Promise<Analysis> {
    const { lease, journal } = this.#dependencies;
    const before = lease.used;
    const text =
      (await this.#askForAnalysis(node, metrics, signal)) ?? verdictSentence(node, metrics);
    const usage = usageSince(before, lease.used);
    await journal({ type: "outcome", step: "analyse", kind: "analysed", text, usage });
    return { text, usage };
  }

  /** Journals what the step used, whatever ended it, the signal and the engine included. */
  async #work(step: AgentStep, session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    const { lease, journal, options, quickBench, workbench } = this.#dependencies;
    const before = lease.used;
    const { shell } = workbench;
    const tools = { session, signal, options, shell, quickBench, counters: this.#counters };
    let ending: StepOutcome;
    try {
      ending = await this.#untilFinished(step, tools);
    } catch (error) {
      if (signal.aborted) ending = abandoned(messageOf(signal.reason));
      else if (error instanceof EngineError) {
        ending = { kind: "failed", reason: error.message, hint: error.hint };
      } else throw error;
    }
    const usage = usageSince(before, lease.used);
    const text = ending.kind === "proposed" ? ending.description : ending.reason;
    await journal({ type: "outcome", step, kind: ending.kind, text, usage });
    if (ending.kind !== "failed") return { ...ending, usage };
    const { reason, hint } = ending;
    throw new AgentFailure(reason, { usage, ...(hint === undefined ? {} : { hint }) });
  }

  async #untilFinished(step: AgentStep, tools: ToolContext): Promise<StepOutcome> {
    const { maxTurns, maxOutputTokens } = this.#dependencies.options;
    let idleTurns = 0;
    for (let turn = 0; turn < maxTurns; turn += 1) {
      const answer = await this.#ask(step, maxOutputTokens, tools.signal);
      if (answer.kind === "failed") return answer;
      if (answer.kind === "no_budget") return abandoned(NO_ROOM);
      const { stop_reason, stop_details, content } = answer.message;
      const calls = content.filter((block) => block.type === "tool_use");
      switch (stop_reason) {
        case "refusal":
          return refused(stop_details);
        case "model_context_window_exceeded":
          return abandoned("the conversation no longer fits into the model's context window");
        case "max_tokens":
          // A cut call is neither shown nor run, as nobody knows what it was to be.
          this.#history.addUser([textBlock(CUT)]);
          idleTurns += 1;
          break;
        case "pause_turn":
        case "end_turn":
        case "stop_sequence":
        case "tool_use": {
          const added = this.#history.addAssistant(content);
          if (calls.length > 0) {
            idleTurns = 0;
            const ending = await this.#useTools(calls, tools);
            if (ending !== null) return ending;
            break;
          }
          idleTurns += 1;
          if (stop_reason !== "pause_turn" || !added) this.#history.addUser([textBlock(NUDGE)]);
          break;
        }
        default:
          return abandoned(`the model stopped for an unknown reason (${String(stop_reason)})`);
      }
      if (idleTurns === MAX_IDLE_TURNS) {
        return abandoned(`${idleTurns} answers in a row used no tool (${stop_reason})`);
      }
    }
    return abandoned(`it was not finished after ${maxTurns} answers`);
  }

  /** `null` where there is no such tool. */
  get #benchesLeft(): number | null {
    const { quickBench } = this.#dependencies.workbench;
    return quickBench.kind === "works" ? this.#counters.benchesLeft : null;
  }

  /** Returns `null` when the conversation continues. */
  async #useTools(
    calls: readonly Anthropic.ToolUseBlock[],
    tools: ToolContext,
  ): Promise<StepOutcome | null> {
    const { results, finished, stuck } = await runTools(calls, this.#toolset, tools, this.#stuck);
    if (finished !== null) {
      const { callId, finish } = finished;
      this.#open = { callId, results };
      this.#finish = finish;
      const { outcome, description, hypothesis } = finish;
      const lesson = lessonOf(finish);
      return outcome === "ready"
        ? { kind: "proposed", description, hypothesis, lesson }
        : { kind: "abandoned", reason: description, lesson };
    }
    if (stuck !== null && this.#wasStuck) return abandoned(`it went in circles: ${stuck}`);
    this.#wasStuck ||= stuck !== null;
    const isLast = !this.#exchange.hasRoom(this.#history, results);
    const budget = this.#notices.next(this.#benchesLeft, isLast);
    this.#history.addUser(withNotices(results, { stuck, budget }));
    return null;
  }

  /** What is reserved for the end of a node is used for its end alone. */
  async #ask(step: AgentStep, maxTokens: number, signal: AbortSignal): Promise<Answer> {
    const question = { step, maxTokens };
    const answer =
      step === "analyse"
        ? ({ kind: "no_budget" } as const)
        : await this.#exchange.ask(this.#history, { ...question, purpose: "work" }, signal);
    return answer.kind === "no_budget"
      ? this.#exchange.ask(this.#history, { ...question, purpose: "finish" }, signal)
      : answer;
  }

  /** Returns `null` when there is nobody to ask, or no answer. A measured node does not fail for want of a text. */
  async #askForAnalysis(
    node: ExperimentNode,
    metrics: readonly Metric[],
    signal: AbortSignal,
  ): Promise<string | null> {
    if (this.#open === null || this.#finish?.outcome === "abandon") return null;
    this.#answerFinish(analysisText(node, metrics));
    try {
      const answer = await this.#ask(
        "analyse",
        this.#dependencies.options.maxAnalysisTokens,
        signal,
      );
      if (answer.kind !== "answered" || answer.message.stop_reason === "refusal") return null;
      const text = answer.message.content
        .flatMap((block) => (block.type === "text" ? [block.text] : []))
        .join(" ");
      return analysisOf(text) || null;
    } catch (error) {
      if (signal.aborted || error instanceof EngineError) return null;
      throw error;
    }
  }

  #answerFinish(text: string): void {
    if (this.#open === null) return;
    const { callId, results } = this.#open;
    this.#open = null;
    this.#history.addUser([...results, resultOf({ id: callId }, text, false)]);
  }
}

function textBlock(text: string): Anthropic.TextBlockParam {
  return { type: "text", text };
}
