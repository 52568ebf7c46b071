import type { Pair } from "../core/judging/comparison.ts";
import { seeded } from "../core/statistics/random.ts";
import { HeldBenchmark } from "./benchmark.ts";
import { PairRun, type PairRunRequest } from "./pair-run.ts";
import type { Slot } from "./ticket.ts";

/** What decides which runs come, and in which order. */
export interface ComingPairsRequest extends PairRunRequest {
  /** Whether the first pair warms the machine up and counts for nothing. Where nothing varies there is no need. */
  readonly warmUp: boolean;
  /** Seed of the order within each pair. */
  readonly seed: string;
}

/** The runs of one pair in their order, held until each is released. Disposing removes their containers. */
export interface HeldPair extends AsyncDisposable {
  readonly order: Pair["order"];
  readonly runs: readonly PairRun[];
}

// Four containers start in half of the time that four take one after another, and what is made ready may not be needed.
const PAIRS_AHEAD = 2;
const PARENT_FIRST = ["parent", "child"] as const;
const CHILD_FIRST = ["child", "parent"] as const;

/**
 * The pairs to come. Their containers are started together while nobody measures, and wait: between two runs nothing is
 * left but to release the next one. Where nothing varies one pair mostly decides, and no other is made ready.
 */
export class ComingPairs implements AsyncDisposable {
  readonly #request: ComingPairsRequest;
  #held: readonly HeldPair[] = [];

  constructor(request: ComingPairsRequest) {
    this.#request = request;
  }

  /** Pairs are asked for in their sequence, always in the same place. A pair is the caller's to dispose of. */
  async next(
    number: number,
    place: Pick<Slot, "cpus" | "gpu">,
    signal: AbortSignal,
  ): Promise<HeldPair> {
    if (this.#held.length === 0) this.#held = await this.#hold(number, place, signal);
    const [pair, ...rest] = this.#held;
    if (pair === undefined) throw new Error("a pair was to be held");
    this.#held = rest;
    return pair;
  }

  async #hold(
    first: number,
    place: Pick<Slot, "cpus" | "gpu">,
    signal: AbortSignal,
  ): Promise<readonly HeldPair[]> {
    const request = this.#request;
    const { sandbox, benchmark, warmUp } = request;
    const numbers = Array.from({ length: warmUp ? PAIRS_AHEAD : 1 }, (_, i) => first + i);
    const pairs = numbers.map((pair) => ({ pair, order: this.#orderOf(pair) }));
    const turns = pairs.flatMap(({ pair, order }) =>
      (order === "parent_first" ? PARENT_FIRST : CHILD_FIRST).map((side) => ({ side, pair })),
    );
    const places = turns.map(({ side }) => {
      const { id: node, imageId } = request[side];
      return { node, imageId, ...place };
    });
    const held = await HeldBenchmark.hold(sandbox, benchmark, places, signal);
    const runs = held.flatMap((each, i) => {
      const turn = turns[i];
      return turn === undefined ? [] : [{ ...turn, run: new PairRun(request, turn, each) }];
    });
    return pairs.map(({ pair, order }) =>
      heldPair(
        order,
        runs.flatMap((each) => (each.pair === pair ? [each.run] : [])),
      ),
    );
  }

  #orderOf(pair: number): Pair["order"] {
    const { seed, earlyStop, warmUp } = this.#request;
    // The warm-up pair counts for nothing, so its order is free; where there is none, nothing varies by the order. With
    // the parent first, the child's rows have the parent's to stand beside.
    if (pair === (warmUp ? 0 : 1) && earlyStop !== null) return "parent_first";
    return seeded(`${seed}/order/${pair}`).coin() ? "parent_first" : "child_first";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#held.map((pair) => pair[Symbol.asyncDispose]()));
  }
}

function heldPair(order: Pair["order"], runs: readonly PairRun[]): HeldPair {
  return {
    order,
    runs,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(runs.map((run) => run[Symbol.asyncDispose]()));
    },
  };
}
