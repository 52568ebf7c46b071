import { parseJson } from "../../core/text/json.ts";
import { isObject, objectsIn } from "../gateway/protocols/field.ts";

export type OutputKind = "claude-code" | "codex" | "opencode" | "gemini" | "pi" | "text";

/** What a command line says of its work, as far as it was read. */
export interface CommandOutput {
  /** The last thing that it said; "" where it said nothing. */
  readonly text: string;
  /** What it believes to have used. It is shown, and nothing depends on it. */
  readonly ownUsage: unknown;
}

const MAX_LINE_LENGTH = 4 * 1024 * 1024;
const MAX_TEXT_LENGTH = 16 * 1024;

/** Reads what a command line prints, line by line. */
export class OutputReader {
  readonly #kind: OutputKind;
  #line = "";
  #text = "";
  #ownUsage: unknown = null;

  constructor(kind: OutputKind) {
    this.#kind = kind;
  }

  push(chunk: string): void {
    const [first = "", ...rest] = chunk.split("\n");
    this.#line += first;
    for (const next of rest) {
      this.#take(this.#line);
      this.#line = next;
    }
    if (this.#line.length > MAX_LINE_LENGTH) this.#line = "";
  }

  end(): CommandOutput {
    if (this.#line !== "") this.#take(this.#line);
    this.#line = "";
    return { text: this.#text.trim(), ownUsage: this.#ownUsage };
  }

  #take(line: string): void {
    if (this.#kind === "text") {
      this.#text = `${this.#text}${line}\n`.slice(-MAX_TEXT_LENGTH);
      return;
    }
    const said = READERS[this.#kind](parseJson(line));
    if (said.text !== undefined && said.text !== "") this.#text = said.text;
    if (said.ownUsage !== undefined) this.#ownUsage = said.ownUsage;
  }
}

interface Said {
  readonly text?: string;
  readonly ownUsage?: unknown;
}

const READERS: Readonly<Record<Exclude<OutputKind, "text">, (event: unknown) => Said>> = {
  /** `--output-format stream-json`. Only the usage of the last line is right. */
  "claude-code": (event) => {
    if (!isObject(event)) return {};
    if (event.type === "result") {
      const { result, usage } = event;
      return { ownUsage: usage, ...(typeof result === "string" ? { text: result } : {}) };
    }
    if (event.type !== "assistant" || !isObject(event.message)) return {};
    const texts = objectsIn(event.message.content).filter(({ type }) => type === "text");
    return { text: texts.map(({ text }) => String(text)).join("\n") };
  },
  /** `exec --json`. */
  codex: (event) => {
    if (!isObject(event)) return {};
    if (event.type === "turn.completed") return { ownUsage: event.usage };
    const { item } = event;
    if (!isObject(item) || item.type !== "agent_message") return {};
    return { text: String(item.text) };
  },
  /** `run --format json`: a step's usage is its own. */
  opencode: (event) => {
    if (!isObject(event) || !isObject(event.part)) return {};
    if (event.type === "step_finish") return { ownUsage: event.part.tokens };
    return event.type === "text" ? { text: String(event.part.text) } : {};
  },
  /** `--output-format stream-json`. */
  gemini: (event) => {
    if (!isObject(event)) return {};
    if (event.type === "result") return { ownUsage: event.stats };
    return event.role === "assistant" ? { text: String(event.content) } : {};
  },
  /** `--mode json`: a message's usage is its own. */
  pi: (event) => {
    if (!isObject(event) || event.type !== "message_end" || !isObject(event.message)) return {};
    const { role, content, usage } = event.message;
    if (role !== "assistant") return {};
    const texts = objectsIn(content).filter(({ type }) => type === "text");
    return { ownUsage: usage, text: texts.map(({ text }) => String(text)).join("\n") };
  },
};
