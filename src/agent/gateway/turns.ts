import type { ModelCall } from "./protocol.ts";

/** What a call says that the call before it did not: a transcript has every turn once. */
export class Turns {
  #fixed = "";
  #turns: readonly string[] = [];

  newIn({ fixed, turns }: ModelCall): {
    readonly fixed: unknown;
    readonly from: number;
    readonly turns: unknown[];
  } {
    const texts = turns.map(unmarked);
    const first = texts.findIndex((text, index) => text !== this.#turns[index]);
    const from = first < 0 ? texts.length : first;
    const text = JSON.stringify(fixed);
    const isSame = text === this.#fixed;
    this.#fixed = text;
    this.#turns = texts;
    return { fixed: isSame ? null : fixed, from, turns: turns.slice(from) };
  }
}

/** Marks of the cache move from call to call, and are no part of what is said. */
export function unmarked(part: unknown): string {
  const text = JSON.stringify(part, (key, value: unknown) =>
    key === "cache_control" ? undefined : value,
  );
  return text ?? "";
}
