// Rules by which a child may be found better than its parent, each on a machine and with a true gain of the child.
import { calibrate } from "../dist/core/judging/calibration.js";
import { confirmAlpha, fixedJudge, sequentialJudge } from "../dist/core/judging/judge.js";
import { readHeader } from "../dist/core/metrics/metric.js";

export const TIME = readHeader("time_ms (lower is better)");
export const RSS = readHeader("rss_kb (lower is better)");
export const BYTES = readHeader("bytes (lower is better)");

/** The parent's stored numbers are that many runs old. */
const AGE = 200;
const CALIBRATION_PAIRS = 10;
const MOST_PAIRS = 24;

/**
 * @typedef {import("../src/core/statistics/random.ts").Random} Random
 * @typedef {import("./noise.mjs").Noise} Noise
 * @typedef {import("./noise.mjs").Machine} Machine
 * @typedef {{ accepted: boolean, runs: number, verdict: string }} Outcome
 * @typedef {import("../src/core/judging/calibration.ts").Calibration} Calibration
 */

/**
 * One run of each rule. `gain` is true: 0.05 is 5 % faster.
 * @typedef {object} Rule
 * @property {string} name
 * @property {(noise: Noise, gain: number, random: Random, calibration: Calibration) => Outcome} judge
 */

/** @type {readonly Rule[]} */
export const RULES = [
  stored("one run, stored", 1, (parent, child) => (child[0] ?? 0) < (parent[0] ?? 0)),
  stored("median of 5, stored", 5, (parent, child) => medianOf(child) < medianOf(parent)),
  stored("Mann-Whitney 10, stored", 10, (parent, child) => mannWhitneyP(parent, child) < 0.05),
  {
    name: "20 fresh pairs, fixed",
    judge(noise, gain, random, calibration) {
      const judge = fixedJudge({ metrics: [TIME], calibration, pairs: 20 });
      return heard(judge.decide(pairsOf(noise, [gain], random, 20)));
    },
  },
  {
    name: "**loopty: improved**",
    judge(noise, gain, random, calibration) {
      const judge = sequentialJudge({ metrics: [TIME], calibration });
      return heard(judge.decide(pairsOf(noise, [gain], random)));
    },
  },
  {
    name: "**loopty: confirmed**",
    judge(noise, gain, random, calibration) {
      return confirmed(noise, gain, random, calibration);
    },
  },
];

/**
 * The tier above: again, with fresh pairs only and a stricter level.
 * @param {Noise} noise @param {number} gain @param {Random} random @param {Calibration} calibration
 * @returns {Outcome & { improved: boolean }}
 */
export function confirmed(noise, gain, random, calibration) {
  const judge = sequentialJudge({ metrics: [TIME], calibration });
  const first = heard(judge.decide(pairsOf(noise, [gain], random)));
  if (!first.accepted) return { ...first, improved: false };
  const strict = sequentialJudge({
    metrics: [TIME],
    calibration,
    alpha: confirmAlpha(calibration),
  });
  const second = heard(strict.decide(pairsOf(noise, [gain], random)));
  return { ...second, runs: first.runs + second.runs, improved: true };
}

/**
 * A benchmark so long that few pairs are affordable: no test, the estimate against the known noise.
 * @param {Noise} noise @param {number} gain @param {number} pairs @param {Random} random @param {Calibration} calibration
 */
export function judgeFew(noise, gain, pairs, random, calibration) {
  const judge = sequentialJudge({ metrics: [TIME], calibration, maxPairs: pairs });
  return heard(judge.decide(pairsOf(noise, [gain], random, pairs)));
}

/**
 * Three metrics by priority: time and memory vary, each on its own, bytes do not.
 * @param {Noise} noise @param {readonly number[]} gains @param {Random} random @param {Calibration} calibration
 */
export function judgeThree(noise, gains, random, calibration) {
  const judge = sequentialJudge({ metrics: [TIME, RSS, BYTES], calibration });
  return heard(judge.decide(pairsOf(noise, gains, random)));
}

/**
 * The baseline against itself.
 * @param {Noise} noise @param {number} metrics @param {Random} random
 */
export function calibrateOn(noise, metrics, random) {
  const all = [TIME, RSS, BYTES].slice(0, metrics);
  const gains = all.map(() => 0);
  return calibrate(all, pairsOf(noise, gains, random, CALIBRATION_PAIRS));
}

/** @param {import("../src/core/judging/judge.ts").Decision} decision @returns {Outcome} */
function heard(decision) {
  if (decision.kind === "continue") throw new Error("the judge wants more pairs than there are");
  const { verdict, evidence } = decision;
  return { accepted: verdict === "improved", runs: 2 * evidence.pairs, verdict };
}

/**
 * As many as a judge may want; it is shown them all and stops where it stops.
 * @param {Noise} noise @param {readonly number[]} gains @param {Random} random
 * @returns {import("../src/core/judging/comparison.ts").Pair[]}
 */
function pairsOf(noise, gains, random, count = MOST_PAIRS) {
  const [time, rss] = [noise.open(random), noise.open(random)];
  const run = (/** @type {boolean} */ isChild) => {
    const noises = [time(), gains.length > 1 ? rss() : 1, 1];
    return gains.map((gain, k) => (100 * (noises[k] ?? 1)) / (isChild ? 1 + gain : 1));
  };
  return Array.from({ length: count }, () => {
    const order = random.coin() ? "parent_first" : "child_first";
    const first = run(order === "child_first");
    const second = run(order === "parent_first");
    return order === "parent_first"
      ? { order, parent: first, child: second }
      : { order, parent: second, child: first };
  });
}

/**
 * @param {string} name @param {number} runs
 * @param {(parent: number[], child: number[]) => boolean} isBetter
 * @returns {Rule}
 */
function stored(name, runs, isBetter) {
  return {
    name,
    judge(noise, gain, random) {
      const machine = noise.open(random);
      const parent = Array.from({ length: runs }, machine);
      for (let i = runs; i < AGE; i++) machine();
      const child = Array.from({ length: runs }, () => machine() / (1 + gain));
      const accepted = isBetter(parent, child);
      return { accepted, runs, verdict: accepted ? "improved" : "no_gain" };
    },
  };
}

/** @param {number[]} values */
function medianOf(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * Exact one-sided p of the child's times being shorter; times are never equal here.
 * @param {number[]} parent @param {number[]} child
 */
export function mannWhitneyP(parent, child) {
  const u = parent.reduce((sum, p) => sum + child.filter((c) => c < p).length, 0);
  const ways = waysOf(parent.length, child.length);
  const all = ways.reduce((sum, count) => sum + count, 0);
  return ways.slice(u).reduce((sum, count) => sum + count, 0) / all;
}

/** @type {Map<string, number[]>} */
const known = new Map();

/**
 * Orders of m and n values by U (Mann and Whitney 1947): the largest is of one kind or of the other.
 * @param {number} m @param {number} n @returns {number[]}
 */
function waysOf(m, n) {
  if (m === 0 || n === 0) return [1];
  const key = `${m}/${n}`;
  const there = known.get(key);
  if (there !== undefined) return there;
  const [above, beside] = [waysOf(m - 1, n), waysOf(m, n - 1)];
  const ways = Array.from({ length: m * n + 1 }, (_, u) => (above[u - n] ?? 0) + (beside[u] ?? 0));
  known.set(key, ways);
  return ways;
}
