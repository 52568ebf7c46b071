import { type TokenLease, wholeUsage } from "../../../src/core/budget/lease.ts";
import { costUsd, priceOf, type TokenCounts } from "../../../src/core/budget/price.ts";
import type { LeaseOutcome, TokenBudget } from "../../../src/core/budget/token-budget.ts";
import type { Random } from "../../../src/core/statistics/random.ts";
import { NO_USAGE, type Usage } from "../../../src/core/tree/node.ts";

/** What the server charged, whoever saw it. */
export interface Bill {
  tokens: number;
  cacheReadTokens: number;
  costUsd: number;
}

/** What is on disk: a request from before it is sent, its usage from when it is settled. */
export class Journal {
  #settled: Usage = NO_USAGE;
  readonly #flights = new Map<Flight, Usage>();

  sent(flight: Flight, model: string): void {
    this.#flights.set(flight, wholeUsage(flight, priceOf(model)));
  }

  settled(flight: Flight, used: Usage): void {
    if (this.#flights.delete(flight)) this.#settled = addUsage(this.#settled, used);
  }

  /** For a coming start: what was on its way counts whole. */
  get used(): Usage {
    return [...this.#flights.values()].reduce(addUsage, this.#settled);
  }
}

/** A request on its way. */
interface Flight {
  readonly input: number;
  readonly output: number;
  readonly settle: (actual: TokenCounts | "unknown") => void;
}

type Worker =
  | { readonly state: "idle" | "waiting" }
  | { readonly state: "done"; readonly outcome: LeaseOutcome }
  | {
      readonly state: "busy";
      readonly lease: TokenLease;
      readonly contextTokens: number;
      readonly flight: Flight | null;
      readonly finishing: boolean;
    };

export interface Simulation {
  readonly bill: Bill;
  /** Sum of what closed leases said they used. */
  readonly usedByNodes: Usage;
  readonly nodes: number;
  readonly workers: readonly Worker[];
}

/**
 * Workers that take turns at random, against a server that bills at random within each request's bounds: answers, answers
 * that miss the cache, cut streams, refused requests that are tried again, nodes that are given up with a request on its
 * way. `check` runs after every step. Throws where every worker waits.
 */
export function simulate(
  budget: TokenBudget,
  model: string,
  workerCount: number,
  random: Random,
  check: (bill: Bill) => void,
  journal = new Journal(),
): Simulation {
  const bill: Bill = { tokens: 0, cacheReadTokens: 0, costUsd: 0 };
  const workers: Worker[] = Array.from({ length: workerCount }, () => ({ state: "idle" }));
  let usedByNodes = NO_USAGE;
  let nodes = 0;

  const charge = (counts: TokenCounts): void => {
    bill.tokens += counts.inputTokens + counts.cacheWriteTokens + counts.outputTokens;
    bill.cacheReadTokens += counts.cacheReadTokens;
    bill.costUsd += costUsd(model, counts) ?? 0;
  };
  const closeNode = (lease: TokenLease): Worker => {
    lease.close();
    usedByNodes = addUsage(usedByNodes, lease.used);
    for (const [i, { state }] of workers.entries()) {
      if (state === "waiting") workers[i] = { state: "idle" };
    }
    return { state: "idle" };
  };

  const start = (): Worker => {
    const outcome = budget.lease();
    if (outcome.kind === "wait") return { state: "waiting" };
    if (outcome.kind === "spent") return { state: "done", outcome };
    nodes++;
    return {
      state: "busy",
      lease: outcome.lease,
      contextTokens: random.integer(6_000) + 1_000,
      flight: null,
      finishing: false,
    };
  };

  const send = (worker: Extract<Worker, { state: "busy" }>): Worker => {
    const { lease, contextTokens } = worker;
    const finishing = worker.finishing || random.integer(12) === 0;
    const purpose = finishing ? "finish" : "work";
    const wanted = { input: contextTokens, output: finishing ? 1_000 : 4_000 };
    const output = lease.outputRoom(wanted, purpose);
    const bound = { input: contextTokens, output };
    const reservation = output === 0 ? null : lease.reserve(bound, purpose);
    if (reservation !== null) {
      const flight: Flight = {
        ...bound,
        settle: (actual) => {
          reservation.settle(actual);
          const whole = wholeUsage(bound, priceOf(model));
          journal.settled(flight, actual === "unknown" ? whole : usageOf(model, actual));
        },
      };
      journal.sent(flight, model);
      return { ...worker, finishing, flight };
    }
    if (finishing) return closeNode(lease);
    return { ...worker, finishing: true };
  };

  const answer = (worker: Extract<Worker, { state: "busy" }>, flight: Flight): Worker => {
    const { lease } = worker;
    const counts = billedFor(flight, random);
    const event = random.integer(10);
    // Refused, billed nothing, tried again.
    if (event === 0) {
      flight.settle(NO_COUNTS);
      return { ...worker, flight: null };
    }
    charge(counts);
    // Cut: what the server billed is not known here. Or given up with the request on its way.
    if (event === 1) {
      flight.settle("unknown");
      return { ...worker, flight: null };
    }
    if (event === 2) {
      const next = closeNode(lease);
      flight.settle(counts);
      return next;
    }
    flight.settle(counts);
    flight.settle("unknown");
    if (worker.finishing) return closeNode(lease);
    const toolResult = random.integer(2_000);
    const contextTokens = flight.input + counts.outputTokens + toolResult;
    return { ...worker, flight: null, contextTokens };
  };

  for (;;) {
    const able = workers.flatMap(({ state }, i) =>
      state === "idle" || state === "busy" ? [i] : [],
    );
    if (able.length === 0) break;
    const turn = random.pick(able);
    const worker = workers[turn];
    if (worker?.state === "idle") workers[turn] = start();
    if (worker?.state === "busy") {
      workers[turn] = worker.flight === null ? send(worker) : answer(worker, worker.flight);
    }
    check(bill);
  }
  if (workers.some(({ state }) => state === "waiting")) throw new Error("workers wait for ever");
  return { bill, usedByNodes, nodes, workers };
}

const NO_COUNTS: TokenCounts = {
  inputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
};

/** A third of the prompts is read from the cache, a third misses it. */
function billedFor({ input, output }: Flight, random: Random): TokenCounts {
  const prompt = input - random.integer(Math.max(1, Math.floor(input / 20)));
  const cacheReadTokens = random.integer(3) === 0 ? 0 : random.integer(prompt + 1);
  const cacheWriteTokens = random.integer(prompt - cacheReadTokens + 1);
  return {
    inputTokens: prompt - cacheReadTokens - cacheWriteTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: random.integer(cacheWriteTokens + 1),
    cacheReadTokens,
    // To the last token, often enough.
    outputTokens: random.coin() ? output : random.integer(output + 1),
  };
}

function usageOf(model: string, counts: TokenCounts): Usage {
  const tokens = counts.inputTokens + counts.cacheWriteTokens + counts.outputTokens;
  const { cacheReadTokens } = counts;
  return { tokens, cacheReadTokens, costUsd: costUsd(model, counts) };
}

function addUsage(a: Usage, b: Usage): Usage {
  return {
    tokens: a.tokens + b.tokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}
