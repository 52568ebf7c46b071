import { setTimeout as sleep } from "node:timers/promises";
import { EngineError, messageOf, UserError } from "../../core/error.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import type { ContextText } from "../../core/prompt/prompt.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { usageSince } from "../../core/tree/usage.ts";
import type { AgentConversation, Analysis, ChangeFailure, EditOutcome } from "../agent.ts";
import { CONVERSATION_DEFAULTS } from "../conversation/options.ts";
import { analysisOf, analysisText, repairText } from "../conversation/prompt.ts";
import type { StepOutcome } from "../conversation/step-outcome.ts";
import type { Equipment } from "../equipment.ts";
import { AgentFailure } from "../failure.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { openTunnel } from "../gateway/open-tunnel.ts";
import type { CommandStep, WireNews } from "../gateway/wire-journal.ts";
import type { AgentSession, RunningProgram } from "../session.ts";
import { verdictSentence } from "../verdict-sentence.ts";
import { endingOf } from "./ending.ts";
import { giveSession, startOf, takeSession } from "./equipment.ts";
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
  readonly argvFor: (prompt: Prompt) => readonly string[];
  /** Where its sessions are in HOME; `null` where it cannot go on with one. */
  readonly sessionFolder: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly journal: (news: WireNews) => Promise<void>;
}

/** What a start tells the command line. One that goes on does so with what it said before. */
export interface Prompt {
  readonly text: string;
  readonly goesOn: boolean;
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
  /** All that it said so far, as its own files. */
  #said: Buffer | null = null;

  constructor(dependencies: CommandDependencies) {
    this.repairs = dependencies.repairs;
    this.equipment = dependencies.equipment;
    this.#dependencies = dependencies;
  }

  edit(session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    const text = firstPrompt(this.#dependencies.context);
    return this.#work("edit", [{ text, goesOn: false }], session, signal);
  }

  async repair(
    failure: ChangeFailure,
    session: AgentSession,
    signal: AbortSignal,
  ): Promise<EditOutcome> {
    const text = repairPrompt(this.#dependencies.context, failure, this.#description);
    const prompts: Prompt[] = [{ text, goesOn: false }];
    if (this.#said !== null && (await giveSession(session, this.#said))) {
      prompts.unshift({ text: repairText(failure), goesOn: true });
    }
    return this.#work("repair", prompts, session, signal);
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
    const answer = await gateway.ask(words, CONVERSATION_DEFAULTS.maxAnalysisTokens, signal);
    gateway.end();
    const text = answer === null ? verdictSentence(node, metrics) : analysisOf(answer);
    const usage = usageSince(before, used());
    const ended = { kind: "analysed", text, usage, exitCode: null, ownUsage: null } as const;
    await journal({ type: "command_ended", step: "analyse", ...ended });
    return { text, usage };
  }

  /**
   * Writes down what the step used, whatever ended it. The next prompt is for a command line that gave up before it asked
   * its model anything, such as another version that cannot go on with a session.
   */
  async #work(
    step: CommandStep,
    prompts: readonly Prompt[],
    session: AgentSession,
    signal: AbortSignal,
  ): Promise<EditOutcome> {
    const { used, journal, argvFor, id, model, protocol, gateway } = this.#dependencies;
    const before = used();
    let ending: StepOutcome = { kind: "abandoned", reason: "it was not started" };
    let exitCode: number | null = null;
    let output: CommandOutput = { text: "", ownUsage: null };
    let userError: UserError | null = null;
    try {
      for (const prompt of prompts) {
        const argv = argvFor(prompt);
        await journal({ type: "command_started", id, step, model, protocol, argv: [...argv] });
        ({ exitCode, output, ending } = await this.#run(argv, session, signal));
        await gateway.settled();
        if (ending.kind !== "abandoned" || used().tokens > before.tokens) break;
      }
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
    const { gateway, tools, env, output: kind, sessionFolder } = this.#dependencies;
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
      if (sessionFolder !== null && ending.kind === "proposed") {
        this.#said = await takeSession(session, sessionFolder);
      }
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
