// One campaign of experiments on a machine, by stored numbers or by pairs.
import { compare } from "../dist/core/judging/comparison.js";
import { childrenBeforeConfirmation, giveUpBelow } from "../dist/core/judging/effort.js";
import { confirmAlpha, sequentialJudge } from "../dist/core/judging/judge.js";
import { seeded } from "../dist/core/statistics/random.js";
import { calibrateOn, TIME } from "./rules.mjs";

/** Agents and builds take that long between two verdicts at least, and the machine drifts meanwhile. */
const LEAST_AGE = 60;
const RESULT_PAIRS = 20;
const MOST_PAIRS = 24;
const MIN_EFFECT = 0.005;
const CALIBRATION_RUNS = 20;

/**
 * @typedef {import("./noise.mjs").Noise} Noise
 * @typedef {{ price: number, ideas: number, runs: number }} Scarcity `runs` is the budget, in runs of the benchmark
 * @typedef {{ log: number, claimed: number, low: number, high: number, experiments: number, improved: number, improvedFalse: number,
 *   confirmed: number, confirmedFalse: number, verdictRuns: number }} Outcome gains are logs
 */

/** What most searches are like: half of the ideas do nothing. The k-th idea is the same for every rule. */
function ideaOf(seed, k) {
  const random = seeded(`${seed}/idea/${k}`);
  const kind = random.next();
  if (kind < 0.55) return 0;
  if (kind < 0.8) return -0.05 * random.next();
  return kind < 0.95 ? 0.003 + 0.017 * random.next() : 0.02 + 0.08 * random.next();
}

/** The runs of one machine, one after the other. What was drawn and not used comes again. */
class Runs {
  used = 0;
  #next = 0;
  /** @type {number[]} */
  #drawn = [];

  constructor(noise, random) {
    this.machine = noise.open(random);
  }

  /** @param {number} count */
  ahead(count) {
    while (this.#drawn.length < this.#next + count) this.#drawn.push(this.machine());
    return this.#drawn.slice(this.#next, this.#next + count);
  }

  /** @param {number} count */
  use(count) {
    this.used += count;
    this.#next += count;
  }

  /** @param {number} count */
  pass(count) {
    this.ahead(count);
    this.#drawn = this.#drawn.slice(this.#next + count);
    this.#next = 0;
  }
}

/** A number of runs against the stored one of the best so far: what most tools do. */
export function playStored(count, noise, { price, ideas, runs: budget }, seed) {
  const runs = new Runs(noise, seeded(`${seed}/machine`));
  const measure = (log) => {
    const times = runs.ahead(count).toSorted((a, b) => a - b);
    runs.use(count);
    return (times[count >> 1] ?? 1) * Math.exp(-log);
  };
  const first = measure(0);
  let [stored, log, n, improved, improvedFalse] = [first, 0, 0, 0, 0];
  while (n < ideas && runs.used + (n + 1) * price + count <= budget) {
    runs.pass(Math.max(LEAST_AGE, price));
    const gain = Math.log1p(ideaOf(seed, n++));
    const value = measure(log + gain);
    if (value >= stored) continue;
    [stored, log] = [value, log + gain];
    improved++;
    if (gain <= 0) improvedFalse++;
  }
  const claimed = Math.log(first / stored);
  const verdictRuns = (runs.used - count) / Math.max(1, n);
  const none = { confirmed: 0, confirmedFalse: 0 };
  return {
    log,
    claimed,
    low: claimed,
    high: claimed,
    experiments: n,
    improved,
    improvedFalse,
    verdictRuns,
    ...none,
  };
}

/**
 * Pairs, as loopty has them: verdicts, confirmations before more is built on a gain, and a result by fresh pairs with the root.
 */
export function playPairs(effort, noise, { price, ideas, runs: budget }, seed, screen = null) {
  const runs = new Runs(noise, seeded(`${seed}/machine`));
  const order = seeded(`${seed}/order`);
  const calibration = calibrateOn(
    {
      ...noise,
      open: () => () => {
        runs.use(1);
        return runs.ahead(1)[0];
      },
    },
    1,
    order,
  );
  const sigma = calibration.metrics[0]?.sigma ?? null;
  runs.used = CALIBRATION_RUNS;
  const pairsOf = (gain, count = MOST_PAIRS) => {
    const times = runs.ahead(2 * count);
    return Array.from({ length: count }, (_, i) => {
      const [first, second] = [times[2 * i] ?? 1, times[2 * i + 1] ?? 1];
      const child = (time) => time * Math.exp(-gain);
      return order.coin()
        ? { order: "parent_first", parent: [first], child: [child(second)] }
        : { order: "child_first", parent: [second], child: [child(first)] };
    });
  };
  const judged = (gain, options, screened = null) => {
    const all = pairsOf(gain);
    const gains = all.map(({ parent, child }) => Math.log((parent[0] ?? 1) / (child[0] ?? 1)));
    const pairs = all.slice(0, screened === null ? all.length : screened(gains, sigma ?? 0));
    const decision = sequentialJudge({ metrics: [TIME], calibration, ...options }).decide(pairs);
    runs.use(2 * (decision.kind === "decided" ? decision.evidence.pairs : pairs.length));
    return decision.kind === "decided" && decision.verdict === "improved";
  };
  /** The lineage of gains; a node's children are counted until it is confirmed. */
  let lineage = [];
  const count = { improved: 0, improvedFalse: 0, confirmed: 0, confirmedFalse: 0 };
  const confirm = () => {
    const node = lineage.at(-1);
    if (node === undefined || node.confirmed) return;
    runs.pass(LEAST_AGE);
    if (!judged(node.gain, { alpha: confirmAlpha(calibration) })) lineage = lineage.slice(0, -1);
    else {
      node.confirmed = true;
      count.confirmed++;
      if (node.gain <= 0) count.confirmedFalse++;
    }
  };
  let [n, verdictRuns] = [0, 0];
  const kept = 2 * RESULT_PAIRS + 2 * MOST_PAIRS;
  while (n < ideas && runs.used + (n + 1) * price + kept <= budget) {
    const node = lineage.at(-1);
    const means = {
      priceRuns: price,
      experiments: n,
      spentRuns: runs.used - CALIBRATION_RUNS + n * price,
      foundLogGain: lineage.reduce((sum, { gain }) => sum + gain, 0),
      runsLeft: budget - kept - runs.used - n * price,
      experimentsLeft: ideas === Number.POSITIVE_INFINITY ? null : ideas - n,
      sigma,
    };
    const worth = giveUpBelow(effort, means, MIN_EFFECT);
    if (node !== undefined && node.children >= childrenBeforeConfirmation(worth, means)) confirm();
    runs.pass(Math.max(LEAST_AGE, price));
    const gain = Math.log1p(ideaOf(seed, n++));
    const before = runs.used;
    const isBetter = judged(gain, { giveUpBelow: worth }, screen);
    verdictRuns += runs.used - before;
    const parent = lineage.at(-1);
    if (parent !== undefined) parent.children++;
    if (!isBetter) continue;
    count.improved++;
    if (gain <= 0) count.improvedFalse++;
    lineage.push({ gain, children: 0, confirmed: false });
  }
  for (let tries = lineage.length; tries >= 0; tries--) confirm();
  const log = lineage.reduce((sum, { gain }) => sum + gain, 0);
  const pairs = pairsOf(log, RESULT_PAIRS);
  const [result] = compare([TIME], pairs, "1").metrics;
  const { gain: claimed, gainLow, gainHigh } = result;
  return {
    ...{ log, claimed: Math.log1p(claimed), low: Math.log1p(gainLow), high: Math.log1p(gainHigh) },
    ...{ experiments: n, verdictRuns: verdictRuns / Math.max(1, n), ...count },
  };
}
