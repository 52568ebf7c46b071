import { z } from "zod";
import { UserError } from "../../core/error.ts";
import { firstDifference } from "./difference.ts";
import { eventStream } from "./event-stream.ts";
import type { JournalEntry } from "./journal.ts";

type Recorded = Extract<JournalEntry, { type: "response" }>;

export interface CassetteOptions {
  /** What it is a recording of, for messages: the file. */
  readonly source: string;
  /** `any`: numbers may differ, as those of ids, times and measurements do from run to run. */
  readonly numbers: "exact" | "any";
}

const bodyShape = z.object({
  model: z.string(),
  system: z.unknown(),
  tools: z.unknown(),
  messages: z.array(z.unknown()),
});

/**
 * Stands in for the API: gives the recorded answers of one conversation again, in order, as long as what is asked is what
 * was asked then. `max_tokens` and cache breakpoints may differ; they are the budget's matter.
 */
export class Cassette {
  readonly #options: CassetteOptions;
  readonly #exchanges: readonly { readonly asked: unknown; readonly answer: Recorded }[];
  #played = 0;

  constructor(entries: readonly JournalEntry[], options: CassetteOptions) {
    this.#options = options;
    this.#exchanges = exchangesIn(entries);
  }

  /** Rejects with a `UserError` that names the first difference, or the end of the recording. */
  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { source, numbers } = this.#options;
    const number = this.#played + 1;
    const exchange = this.#exchanges[this.#played];
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
  const exchanges: { asked: unknown; answer: Recorded }[] = [];
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

/** A copy without cache breakpoints and, where numbers do not count, without digits. */
function comparable(value: unknown, numbers: CassetteOptions["numbers"]): unknown {
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (key === "cache_control") return undefined;
    if (numbers === "exact") return part;
    if (typeof part === "number") return 0;
    return typeof part === "string" ? part.replace(/\d+(?:[.,]\d+)*/g, "#") : part;
  });
  return JSON.parse(text);
}
