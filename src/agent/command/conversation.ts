import { setTimeout as sleep } from "node:timers/promises";
import { EngineError, messageOf, UserError } from "../../core/error.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import type { ContextText } from "../../core/prompt/prompt.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { usageSince } from "../../core/tree/usage.ts";
import type { AgentConversation, Analysis, ChangeFailure, EditOutcome } from "../agent.ts";
import { CLAUDE_DEFAULTS } from "../conversation/options.ts";
import { analysisOf, analysisText } from "../conversation/prompt.ts";
import type { StepOutcome } from "../conversation/step-outcome.ts";
import type { Equipment } from "../equipment.ts";
import { AgentFailure } from "../failure.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { openTunnel } from "../gateway/open-tunnel.ts";
import type { CommandStep, WireNews } from "../gateway/wire-journal.ts";
import type { AgentSession, RunningProgram } from "../session.ts";
import { verdictSentence } from "../verdict-sentence.ts";
import { endingOf } from "./ending.ts";
import { startOf } from "./equipment.ts";
import type { NodeTools } from "./node-tools.ts";
import { type CommandOutput, type OutputKind, OutputReader } from "./output.ts";
import { firstPrompt, repairPrompt } from "./prompt.ts";

export interface CommandDependencies {
  readonly id: string;
  readonly model: string;
  readonly protocol: string;
  readonly output: OutputKind;
  readonly repairs: number;
  readonly equipment: Equipment;
  readonly context: ContextText;
  readonly gateway: Gateway;
  readonly tools: NodeTools;
  readonly used: () => EditOutcome["usage"];
  /** Without the prompt, which is told later. */
  readonly argvFor: (prompt: string) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly journal: (news: WireNews) => Promise<void>;
}

/** A command line that has finished may still write its own last words. */
const LAST_WORDS_MS = 60_000;

/** A command line at work on one node. Every step is a process of its own, in a container without a network. */
export class CommandConversation implements AgentConversation {
  readonly readsHistory = true;
  readonly repairs: number;
  readonly equipment: Equipment;
  readonly #dependencies: CommandDependencies;
  #description = "";

  constructor(dependencies: CommandDependencies) {
    this.repairs = dependencies.repairs;
    this.equipment = dependencies.equipment;
    this.#dependencies = dependencies;
  }

  edit(session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    return this.#work("edit", firstPrompt(this.#dependencies.context), session, signal);
  }

  repair(failure: ChangeFailure, session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    const { context } = this.#dependencies;
    const prompt = repairPrompt(context, failure, this.#description);
    return this.#work("repair", prompt, session, signal);
  }

  /** The command line has ended with its container: its model is asked itself, in the same conversation. */
  async analyse(
    node: ExperimentNode,
    metrics: readonly Metric[],
    signal: AbortSignal,
  ): Promise<Analysis> {
    const { gateway, journal, used } = this.#dependencies;
    const before = used();
    const words = analysisText(node, metrics);
    const answer = await gateway.ask(words, CLAUDE_DEFAULTS.maxAnalysisTokens, signal);
    gateway.end();
    const text = answer === null ? verdictSentence(node, metrics) : analysisOf(answer);
    const usage = usageSince(before, used());
    const ended = { kind: "analysed", text, usage, exitCode: null, ownUsage: null } as const;
    await journal({ type: "command_ended", step: "analyse", ...ended });
    return { text, usage };
  }

  /** Writes down what the step used, whatever ended it. */
  async #work(
    step: CommandStep,
    prompt: string,
    session: AgentSession,
    signal: AbortSignal,
  ): Promise<EditOutcome> {
    const { used, journal, argvFor, id, model, protocol, gateway } = this.#dependencies;
    const before = used();
    const argv = argvFor(prompt);
    await journal({ type: "command_started", id, step, model, protocol, argv: [...argv] });
    let ending: StepOutcome;
    let exitCode: number | null = null;
    let output: CommandOutput = { text: "", ownUsage: null };
    let userError: UserError | null = null;
    try {
      const end = await this.#run(argv, session, signal);
      ({ exitCode, output } = end);
      ending = end.ending;
    } catch (error) {
      if (signal.aborted) ending = { kind: "abandoned", reason: messageOf(signal.reason) };
      else if (error instanceof EngineError || error instanceof UserError) {
        if (error instanceof UserError) userError = error;
        ending = { kind: "failed", reason: error.message, hint: error.hint };
      } else throw error;
    }
    // What was under way when it ended is broken off by now, and counts.
    await gateway.settled();
    const usage = usageSince(before, used());
    const text = ending.kind === "proposed" ? ending.description : ending.reason;
    const { ownUsage } = output;
    await journal({
      type: "command_ended",
      step,
      exitCode,
      kind: ending.kind,
      text,
      usage,
      ownUsage,
    });
    if (userError !== null) throw userError;
    if (ending.kind !== "failed") {
      if (ending.kind === "proposed") this.#description = ending.description;
      return { ...ending, usage };
    }
    const { reason, hint } = ending;
    throw new AgentFailure(reason, { usage, ...(hint === undefined ? {} : { hint }) });
  }

  async #run(argv: readonly string[], session: AgentSession, signal: AbortSignal) {
    const { gateway, tools, env, output: kind } = this.#dependencies;
    const hopeless = gateway.begin("work");
    const finished = tools.begin(session, signal);
    const tunnel = await openTunnel(session, (stream) => gateway.accept(stream), signal);
    const reader = new OutputReader(kind);
    try {
      const program = await session.start({ argv: startOf(argv), env, user: "agent" });
      program.stream.setEncoding("utf8").on("data", (text: string) => reader.push(text));
      program.stream.on("error", () => {});
      const exitCode = await this.#untilOver(program, hopeless, finished, signal);
      const output = reader.end();
      const ending = endingOf({
        exitCode,
        lastText: output.text,
        errors: printable(program.errors(), 300),
        finish: tools.finish,
        fault: gateway.fault,
        isSpent: gateway.isSpent,
        hopeless: hopeless.aborted ? String(hopeless.reason) : null,
      });
      return { exitCode, output, ending };
    } finally {
      tunnel.destroy();
    }
  }

  /** What goes on after its end is ended with the container. */
  async #untilOver(
    program: RunningProgram,
    hopeless: AbortSignal,
    finished: Promise<void>,
    signal: AbortSignal,
  ): Promise<number | null> {
    const over = new AbortController();
    const options = { signal: over.signal };
    const hour = 3_600_000;
    const never = sleep(24 * hour, null, {
      signal: AbortSignal.any([signal, hopeless, over.signal]),
    });
    const afterFinish = finished.then(() => sleep(LAST_WORDS_MS, null, options));
    // What loses the race is called off, and nobody waits for it.
    never.catch(() => {});
    afterFinish.catch(() => {});
    try {
      return await Promise.race([program.exited, never, afterFinish]);
    } catch (error) {
      if (signal.aborted || !hopeless.aborted) throw error;
      return null;
    } finally {
      over.abort();
    }
  }
}
