import { setTimeout as sleep } from "node:timers/promises";
import type Anthropic from "@anthropic-ai/sdk";
import type { RequestPurpose, Reservation } from "../../../core/budget/lease.ts";
import { NO_TOKENS, type TokenCounts } from "../../../core/budget/price.ts";
import { UserError } from "../../../core/error.ts";
import { formatDuration } from "../../../core/text/number.ts";
import type { NodeDependencies, RunDependencies } from "../dependencies.ts";
import type { History } from "../history.ts";
import type { ConversationOptions } from "../options.ts";
import type { AgentStep, JournalNews } from "../recording/journal.ts";
import { type AttemptOutcome, attempt } from "./attempt.ts";
import type { Chat } from "./chat.ts";
import type { Fault } from "./fault.ts";
import { InputBound } from "./input-bound.ts";
import { type NextTry, nextTry } from "./retry.ts";

type Answered = Extract<AttemptOutcome, { kind: "answered" }>;
export type Answer =
  | { readonly kind: "answered"; readonly message: Answered["message"] }
  | { readonly kind: "no_budget" }
  | { readonly kind: "failed"; readonly reason: string };

export interface ExchangeDependencies {
  readonly chat: Chat;
  readonly options: ConversationOptions;
  readonly run: Pick<RunDependencies, "pace" | "now">;
  readonly lease: NodeDependencies["lease"];
  readonly warn: NodeDependencies["warn"];
  readonly journal: (news: JournalNews) => Promise<void>;
  readonly keyless: (text: string) => string;
}

export interface Question {
  readonly step: AgentStep;
  readonly purpose: RequestPurpose;
  readonly maxTokens: number;
}

/** One node's requests: paced, paid for, written down and retried. */
export class Exchange {
  readonly #dependencies: ExchangeDependencies;
  readonly #bound = new InputBound();
  #number = 0;
  #journaled = 0;

  constructor(dependencies: ExchangeDependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether a request that ends with `next` need not be the node's last. */
  hasRoom(history: History, next: readonly Anthropic.ContentBlockParam[]): boolean {
    const { lease, options } = this.#dependencies;
    const input = this.#bound.of(history, next);
    const output = options.minOutputTokens;
    return lease.outputRoom({ input, output }, "work") >= output;
  }

  /**
   * Asks for the next message. Rejects with the signal's reason, and with a `UserError` where the key, the model's name
   * or the recording is wrong.
   */
  async ask(
    history: History,
    { step, purpose, maxTokens }: Question,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { run, options } = this.#dependencies;
    for (let tries = 1; ; tries += 1) {
      await run.pace.wait(signal);
      const room = this.#reserve(history, maxTokens, purpose);
      if (room === null) return { kind: "no_budget" };
      const outcome = await this.#send(history, step, room, signal);
      if (outcome.kind === "answered") {
        await this.#journalAnswer(outcome);
        return { kind: "answered", message: outcome.message };
      }

      const { fault } = outcome;
      const next = await this.#coolDown(fault, nextTry(fault, tries, options.retry));
      await this.#journalFault(fault, next);
      if (next.kind === "give_up" && fault.hint !== null) {
        throw new UserError(next.reason, { hint: fault.hint });
      }
      if (next.kind === "give_up") return { kind: "failed", reason: next.reason };
      if (fault.retry === "alone") await sleep(next.delayMs, undefined, { signal });
    }
  }

  /** A pause that the API asks of all must be known to all. The run's configuration decides whether a long wait is worth it. */
  async #coolDown(fault: Fault, next: NextTry): Promise<NextTry> {
    if (fault.retry !== "shared" || next.kind === "give_up") return next;
    const { run, warn } = this.#dependencies;
    const { delayMs, long, decision } = run.pace.coolDown(run.now().getTime() + next.delayMs);
    const wait = `the API wants no request for ${formatDuration(delayMs)} (${fault.reason})`;
    if (decision === "end") return { kind: "give_up", reason: wait };
    if (long) await warn(wait);
    return next;
  }

  /** With less room than asked for, the answer gets shorter: `max_tokens` is the one limit that a server keeps exactly. */
  #reserve(history: History, maxTokens: number, purpose: RequestPurpose): Room | null {
    const { lease, options } = this.#dependencies;
    const input = this.#bound.of(history);
    const output = lease.outputRoom({ input, output: maxTokens }, purpose);
    if (output < Math.min(maxTokens, options.minOutputTokens)) return null;
    const reservation = lease.reserve({ input, output }, purpose);
    return reservation === null ? null : { input, output, reservation };
  }

  async #send(
    history: History,
    step: AgentStep,
    room: Room,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const { chat, options, run, journal, keyless } = this.#dependencies;
    const { input, output, reservation } = room;
    const from = this.#journaled;
    let tokens: TokenCounts | "unknown" = NO_TOKENS;
    try {
      this.#number += 1;
      await journal({
        type: "request",
        number: this.#number,
        step,
        maxTokens: output,
        reserved: { input, output },
        from,
        messages: history.messages.slice(from).map((message) => ({ ...message })),
      });
      this.#journaled = history.messages.length;
      // From here on the request may cost all of it, whatever interrupts.
      tokens = "unknown";
      const outcome = await attempt(
        chat,
        history.request(output),
        { limits: options.answer, now: run.now, keyless },
        signal,
      );
      tokens = outcome.kind === "answered" ? outcome.tokens : outcome.fault.tokens;
      if (outcome.kind === "answered") this.#bound.learn(history, outcome.tokens);
      return outcome;
    } finally {
      reservation.settle(tokens);
    }
  }

  #journalFault({ reason, tokens }: Fault, next: NextTry): Promise<void> {
    return this.#dependencies.journal({
      type: "failure",
      number: this.#number,
      reason,
      retryInMs: next.kind === "retry" ? next.delayMs : null,
      tokens,
    });
  }

  #journalAnswer({ message, tokens }: Answered): Promise<void> {
    return this.#dependencies.journal({
      type: "response",
      number: this.#number,
      id: message.id,
      stopReason: message.stop_reason,
      // What is compatible with the API may leave it out, and JSON cannot hold what is not there.
      stopDetails: message.stop_details ?? null,
      content: message.content,
      tokens,
    });
  }
}

interface Room {
  readonly input: number;
  readonly output: number;
  readonly reservation: Reservation;
}
