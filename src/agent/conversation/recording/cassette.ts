import { z } from "zod";
import { UserError } from "../../../core/error.ts";
import { isBudgetNotice } from "../node-budget.ts";
import { firstDifference } from "./difference.ts";
import { eventStream } from "./event-stream.ts";
import type { JournalEntry, RecordedAnswer } from "./journal.ts";

export interface CassetteOptions {
  /** The recorded file, for messages. */
  readonly source: string;
  /** `any`: numbers may differ, as ids, times and measurements do from run to run. */
  readonly numbers: "exact" | "any";
  /** Why the recorded conversation broke off after its last answer. It is left out when it did not. */
  readonly brokenOff?: string;
}

const bodyShape = z.object({
  model: z.string(),
  system: z.unknown(),
  tools: z.unknown(),
  messages: z.array(z.unknown()),
});

/**
 * Stands in for the API. It gives the recorded answers of one conversation again, in order, as long as each request is
 * the recorded one. `max_tokens`, cache breakpoints and the notices of what is left may differ, as they are the
 * budget's matter. Where the recorded conversation broke off, the API fails.
 */
export class Cassette {
  readonly #options: CassetteOptions;
  readonly #exchanges: readonly { readonly asked: unknown; readonly answer: RecordedAnswer }[];
  #played = 0;

  constructor(entries: readonly JournalEntry[], options: CassetteOptions) {
    this.#options = options;
    this.#exchanges = exchangesIn(entries);
  }

  /** Whether every recorded answer was given. */
  get isPlayed(): boolean {
    return this.#played === this.#exchanges.length;
  }

  /** Rejects with a `UserError` that names the first difference, or the end of the recording. */
  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { source, numbers, brokenOff } = this.#options;
    const number = this.#played + 1;
    const exchange = this.#exchanges[this.#played];
    if (exchange === undefined && brokenOff !== undefined) return failure(brokenOff);
    if (exchange === undefined) {
      throw new UserError(`${source} has no answer to request ${number}`, {
        hint: `it holds ${this.#exchanges.length}; record the run again`,
      });
    }
    const asked = comparable(bodyShape.parse(await request.json()), numbers);
    const difference = firstDifference(comparable(exchange.asked, numbers), asked);
    if (difference !== null) {
      throw new UserError(`request ${number} is not the one recorded in ${source}: ${difference}`, {
        hint: "a recording is bound to the project, the configuration and loopty's own prompts",
      });
    }
    this.#played += 1;
    return eventStream(exchange.answer);
  };
}

/** The requests that were answered, with their whole bodies. */
function exchangesIn(entries: readonly JournalEntry[]) {
  const exchanges: { asked: unknown; answer: RecordedAnswer }[] = [];
  let head: object = {};
  let messages: unknown[] = [];
  for (const entry of entries) {
    if (entry.type === "opened") {
      const { model, system, tools } = entry;
      head = { model, system, tools };
    } else if (entry.type === "request") {
      messages = [...messages.slice(0, entry.from), ...entry.messages];
    } else if (entry.type === "response") {
      exchanges.push({ asked: { ...head, messages }, answer: entry });
    }
  }
  return exchanges;
}

/** An error of the API that is not tried again. */
function failure(message: string): Response {
  const error = { type: "error", error: { type: "api_error", message } };
  return Response.json(error, { status: 500, headers: { "x-should-retry": "false" } });
}

/** A copy without cache breakpoints and notices of the budget. Where numbers do not count, it is also without digits. */
function comparable(value: unknown, numbers: CassetteOptions["numbers"]): unknown {
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (key === "cache_control") return undefined;
    if (Array.isArray(part)) return withoutNotices(part);
    if (typeof part === "string") {
      return numbers === "exact" ? part : part.replace(/\d+(?:[.,]\d+)*/g, "#");
    }
    return typeof part === "number" && numbers === "any" ? 0 : part;
  });
  return JSON.parse(text);
}

const textShape = z.object({ type: z.literal("text"), text: z.string() });

/** A result that had nothing but a notice added is the plain text that it is without it. */
function withoutNotices(blocks: readonly unknown[]): unknown {
  const isNotice = (block: unknown) => {
    const { data } = textShape.safeParse(block);
    return data !== undefined && isBudgetNotice(data.text);
  };
  const kept = blocks.filter((block) => !isNotice(block));
  const only =
    kept.length === 1 && kept.length < blocks.length ? textShape.safeParse(kept[0]) : null;
  return only?.success ? only.data.text : kept;
}
