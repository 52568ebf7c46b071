import type { Random } from "../../src/core/statistics/random.ts";

/** One parser of what others wrote, and what must hold for any input. */
export interface FuzzTarget {
  readonly name: string;
  /** Real inputs, to be changed. */
  readonly samples: readonly Buffer[];
  /** How far a sample's structure is known: what is changed by it gets past the first check. */
  readonly structure: "bytes" | "json" | "json-lines";
  /** What the format is made of, to be put anywhere. */
  readonly words: readonly string[];
  /** Inputs of the short pass: about half a second. `npm run fuzz` goes on for as long as it is told. */
  readonly inputs: number;
  /**
   * Throws what is wrong: whatever the parser throws beside its own refusal, and whatever it should not have let through.
   * `folder` is the target's own, for as long as it is fuzzed.
   */
  check(input: Buffer, random: Random, folder: string): void | Promise<void>;
}

export function textsOf(...texts: readonly string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text));
}

/** The bytes in pieces, some of them empty. */
export function cut(bytes: Buffer, random: Random): Buffer[] {
  const most = bytes.length > 5000 ? 1000 : random.pick([1, 7, 100, 10_000]);
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + random.integer(most + 1);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
