import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** Reproducible randomness. It is not for secrets. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform whole number from 0 to `below` - 1. Throws `RangeError` unless `below` is a whole number from 1. */
  integer(below: number): number;
  /** Throws `RangeError` for an empty list. */
  pick<T>(items: readonly T[]): T;
  coin(): boolean;
}

/**
 * A stream that depends on the seed's text alone. Every decision should have its own, such as `seeded("7/1.3/order")`.
 * It then comes out the same whatever else ran before or beside it.
 */
export function seeded(seed: number | string): Random {
  // pure-rand's own seeding puts the seed into the first output unmixed, so neighbouring seeds start alike.
  const digest = createHash("sha256").update(String(seed)).digest();
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  const generator = xoroshiro128plusFromState(state);

  const next = (): number => uniformFloat64(generator);
  const integer = (below: number): number => {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new RangeError(`cannot draw a whole number below ${below}`);
    }
    return uniformInt(generator, 0, below - 1);
  };
  return {
    next,
    integer,
    pick(items) {
      const chosen = integer(items.length);
      for (const [i, item] of items.entries()) if (i === chosen) return item;
      throw new RangeError("cannot pick from an empty list");
    },
    // The lowest bit would not do: the authors of xoroshiro128+ call its low bits weak (Blackman and Vigna, 2018).
    coin: () => next() < 0.5,
  };
}
