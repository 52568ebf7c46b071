// What one run of a benchmark takes on a machine whose speed varies: recorded, or simulated.
import { readFileSync } from "node:fs";

/**
 * A stretch of time on a machine; every call is one run after the other, as a factor on the undisturbed time.
 * @typedef {() => number} Machine
 *
 * @typedef {object} Noise
 * @property {string} name
 * @property {(random: import("../src/core/statistics/random.ts").Random) => Machine} open at a random point of time
 */

/** Recorded on a shared virtual machine: 900 pairs of the same program of 270 ms, in random order, one after the other. */
const { pairs } = JSON.parse(
  readFileSync(new URL("data/noise-trace-300ms.json", import.meta.url), "utf8"),
);

/** Runs after which exp(-1) of a drift is left. */
const DRIFT_RUNS = 40;

/** @type {readonly Noise[]} */
export const NOISES = [
  recorded("recorded wall time", 1),
  recorded("recorded CPU time", 3),
  simulated("simulated quiet", { white: 0.005, drift: 0.007, outliers: 0, outlierMean: 0 }),
  simulated("simulated cloud", { white: 0.015, drift: 0.03, outliers: 0.04, outlierMean: 0.15 }),
  simulated("simulated awful", { white: 0.04, drift: 0.1, outliers: 0.08, outlierMean: 0.3 }),
];

/**
 * @param {string} name
 * @param {number} column of the first program of a pair; the second one's is beside it
 * @returns {Noise}
 */
function recorded(name, column) {
  /** @type {number[]} */
  const times = pairs.flatMap((/** @type {number[]} */ pair) => {
    const both = [pair[column] ?? 0, pair[column + 1] ?? 0];
    // A pair starts with which of the two ran first.
    return pair[0] === 0 ? both : both.reverse();
  });
  return {
    name,
    open(random) {
      let next = random.integer(times.length);
      return () => times[next++ % times.length] ?? 0;
    },
  };
}

/**
 * White noise, a drift (Ornstein-Uhlenbeck) and exponential outliers, all in log units.
 * @param {string} name
 * @param {{ white: number, drift: number, outliers: number, outlierMean: number }} profile
 * @returns {Noise}
 */
function simulated(name, { white, drift, outliers, outlierMean }) {
  const decay = Math.exp(-1 / DRIFT_RUNS);
  return {
    name,
    open(random) {
      const normal = normalFrom(random);
      let drifted = drift * normal();
      return () => {
        drifted = drifted * decay + drift * Math.sqrt(1 - decay ** 2) * normal();
        const outlier = random.next() < outliers ? -outlierMean * Math.log(1 - random.next()) : 0;
        return Math.exp(drifted + white * normal() + outlier);
      };
    },
  };
}

/**
 * Box and Muller (1958).
 * @param {import("../src/core/statistics/random.ts").Random} random
 */
function normalFrom(random) {
  return () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
