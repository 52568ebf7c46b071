#!/usr/bin/env node
// The exact overall error of the looks, added up over all 2^24 signs of the gains in order of their sizes: 3 s, 200 MB.
import { pathToFileURL } from "node:url";
import { firstMetricLevel, LOOKS, nominalLevel } from "../dist/core/judging/looks.js";
import { signFlipDistribution } from "../dist/core/statistics/signed-rank.js";

/** Prints a line. */
export function benchLevels() {
  const alone = LOOKS.map(() => nominalLevel(LOOKS.length, 0.05));
  const ofShare = (share) => LOOKS.map((_, k) => firstMetricLevel(k + 1, LOOKS.length, share));
  for (const [what, levels] of [
    ["one metric", alone],
    ["the first of two metrics", ofShare(0.03)],
    ["the first of three or more", ofShare(0.025)],
  ]) {
    const errors = errorsOf(levels).map((error) => `${(100 * error).toFixed(2)} %`);
    const at = [...new Set(levels)].join(", then ");
    console.log(
      `Exact chance of a false win up to each look (${LOOKS.join(", ")} pairs) of ${what}, at p <= ${at}: ${errors.join(", ")}`,
    );
  }
}

/**
 * Chance of a win up to each look under no difference. A state is the signs of the gains in order of their sizes, one bit each; the
 * next gain's size has every place among them alike, and its sign is a fair coin.
 * @param {readonly number[]} levels nominal, of every look
 */
export function errorsOf(levels) {
  const errors = [];
  let error = 0;
  let chances = new Float64Array([1]);
  for (let n = 1; n <= LOOKS[LOOKS.length - 1]; n++) {
    const next = new Float64Array(2 ** n);
    for (let signs = 0; signs < chances.length; signs++) {
      const chance = chances[signs] / (2 * n);
      if (chance === 0) continue;
      for (let place = 0; place < n; place++) {
        const inserted = (signs & ((1 << place) - 1)) | ((signs >>> place) << (place + 1));
        next[inserted] += chance;
        next[inserted | (1 << place)] += chance;
      }
    }
    chances = next;
    if (!LOOKS.includes(n)) continue;
    const critical = criticalSum(n, levels[LOOKS.indexOf(n)]);
    for (let signs = 0; signs < chances.length; signs++) {
      if (chances[signs] === 0 || rankSum(signs) < critical) continue;
      error += chances[signs];
      chances[signs] = 0;
    }
    errors.push(error);
  }
  return errors;
}

/** @param {number} n @param {number} level */
function criticalSum(n, level) {
  const chances = signFlipDistribution(Array.from({ length: n }, (_, i) => i + 1));
  let tail = 0;
  let sum = chances.length;
  while (sum > 0 && tail + chances[sum - 1] <= level) tail += chances[--sum];
  return sum;
}

/** @param {number} signs */
function rankSum(signs) {
  let sum = 0;
  for (let left = signs; left !== 0; left &= left - 1) sum += 32 - Math.clz32(left & -left);
  return sum;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) benchLevels();
