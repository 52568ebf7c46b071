import { cutLines } from "../core/prompt/cut-text.ts";

/** What a tool answers: a text that a model reads, and the whole of it as JSON for programs. */
export interface Reply {
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A model reads every answer again with each of its turns. */
const MOST_TEXT_BYTES = 4096;

/** The text in at most `MOST_TEXT_BYTES`. What is left out is said. */
export function shortText(text: string): string {
  return cutLines(text.trimEnd(), MOST_TEXT_BYTES);
}
