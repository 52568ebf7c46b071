#!/usr/bin/env node
// How often each rule finds a child better that changed nothing, and one that is better: on recorded and simulated noise.
import { pathToFileURL } from "node:url";
import { seeded } from "../dist/core/statistics/random.js";
import { benchLevels } from "./levels.mjs";
import { printLiars } from "./liars.mjs";
import { NOISES } from "./noise.mjs";
import { calibrateOn, confirmed, judgeFew, judgeThree, RULES } from "./rules.mjs";

/** Children per cell. What matters most, how often one that changed nothing is found better, is counted most. */
const CHILDREN = 2000;
const NO_OPS = 10_000;
/** A run of loopty calibrates once and then judges so many children. */
const CHILDREN_PER_RUN = 20;
/** Of a whole search: the confirmed ones that are no better are counted one by one. */
const SEARCHED = 12_000;
const GAINS = [0, 0.01, 0.02, 0.05, 0.3, 1];
/** Places in it of the gains whose runs are told. */
const RUNS_OF = [0, 3, 4, 5];

/** Prints markdown tables. All seeds are fixed: they come out the same everywhere. */
export async function benchJudge() {
  benchLevels();
  printRules();
  printPriority();
  printSearch();
  printChanged();
  printFew();
  printLiars();
}

function printRules() {
  console.log(
    `\nFound better, of ${NO_OPS} children that changed nothing and ${CHILDREN} of each gain, and runs of the benchmark per child:\n`,
  );
  console.log(
    "| noise | rule | no-op | +1 % | +2 % | +5 % | +30 % | +100 % | runs, no-op | runs, +5 % | runs, +30 % | runs, +100 % |",
  );
  console.log(`| --- |${" --- |".repeat(11)}`);
  for (const noise of NOISES) {
    for (const rule of RULES) {
      const cells = GAINS.map((gain) => {
        const judge = (random, calibration) => rule.judge(noise, gain, random, calibration);
        const children = gain === 0 ? NO_OPS : CHILDREN;
        return tally(`${noise.name}/${rule.name}/${gain}`, noise, 1, judge, children);
      });
      const accepted = cells.map((cell) => percent(cell.accepted));
      const runs = RUNS_OF.map((place) => cells[place]?.runs.toFixed(1));
      console.log(`| ${[noise.name, rule.name, ...accepted, ...runs].join(" | ")} |`);
    }
  }
}

/** Strict priority: time, then memory, then bytes. The first two vary, each by itself. */
function printPriority() {
  const children = [
    ["no-op", [0, 0, 0]],
    ["5 % slower, 10 % less memory and bytes", [1 / 1.05 - 1, 1 / 0.9 - 1, 1 / 0.9 - 1]],
    ["5 % slower, 10 % fewer bytes", [1 / 1.05 - 1, 0, 1 / 0.9 - 1]],
    ["as fast, 10 % fewer bytes", [0, 0, 1 / 0.9 - 1]],
    ["5 % faster, 10 % more bytes", [0.05, 0, 1 / 1.1 - 1]],
  ];
  console.log(
    "\nThree metrics by strict priority (time, memory, bytes), found better, and runs per child:\n",
  );
  console.log(`| noise | ${children.map(([name]) => name).join(" | ")} |`);
  console.log(`| --- |${" --- |".repeat(children.length)}`);
  for (const noise of NOISES) {
    const cells = children.map(([name, gains]) => {
      const judge = (random, calibration) => judgeThree(noise, gains, random, calibration);
      const { accepted, runs } = tally(`${noise.name}/three/${name}`, noise, 3, judge);
      return `${percent(accepted)} (${runs.toFixed(0)})`;
    });
    console.log(`| ${noise.name} | ${cells.join(" | ")} |`);
  }
}

/** What a search is like: most ideas do nothing. */
function printSearch() {
  console.log(
    "\nA search whose ideas are 55 % no-ops, 25 % slower by up to 5 %, 15 % faster by 0.3 to 2 %, 5 % by 2 to 10 %:\n",
  );
  console.log(
    "| noise | improved | of these no better | confirmed | of these no better | runs per child |",
  );
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const noise of NOISES) {
    const count = { improved: 0, improvedFalse: 0, confirmed: 0, confirmedFalse: 0 };
    const { runs } = tally(
      `${noise.name}/search`,
      noise,
      1,
      (random, calibration) => {
        const gain = idea(random);
        const outcome = confirmed(noise, gain, random, calibration);
        if (outcome.improved) count.improved++;
        if (outcome.improved && gain <= 0) count.improvedFalse++;
        if (outcome.accepted) count.confirmed++;
        if (outcome.accepted && gain <= 0) count.confirmedFalse++;
        return outcome;
      },
      SEARCHED,
    );
    const { improved, improvedFalse, confirmed: sure, confirmedFalse } = count;
    const cells = [
      improved,
      percent(improvedFalse / improved),
      sure,
      percent(confirmedFalse / sure),
    ];
    console.log(`| ${noise.name} | ${cells.join(" | ")} | ${runs.toFixed(1)} |`);
  }
}

/** A machine that became noisier after the calibration. */
function printChanged() {
  const factors = [1, 2, 3, 6];
  console.log(
    "\nNo-ops on a machine whose noise grew since the calibration, improved / confirmed:\n",
  );
  console.log(`| noise | ${factors.map((factor) => `times ${factor}`).join(" | ")} |`);
  console.log(`| --- |${" --- |".repeat(factors.length)}`);
  for (const noise of NOISES) {
    const cells = factors.map((factor) => {
      const grown = { ...noise, open: (random) => powerOf(noise.open(random), factor) };
      let improved = 0;
      const judge = (random, calibration) => {
        const outcome = confirmed(grown, 0, random, calibration);
        if (outcome.improved) improved++;
        return outcome;
      };
      const { accepted } = tally(`${noise.name}/changed/${factor}`, noise, 1, judge, NO_OPS);
      return `${percent(improved / NO_OPS)} / ${(100 * accepted).toFixed(2)} %`;
    });
    console.log(`| ${noise.name} | ${cells.join(" | ")} |`);
  }
}

/** @param {import("./noise.mjs").Machine} machine @param {number} factor @returns {import("./noise.mjs").Machine} */
function powerOf(machine, factor) {
  const size = machine();
  return () => (machine() / size) ** factor;
}

/** Verdicts without a test, which are labelled unverified. */
function printFew() {
  const few = [1, 3, 5];
  console.log("\nToo few pairs for a test (unverified), found better of no-ops / of +10 %:\n");
  console.log(
    `| noise | ${few.map((pairs) => (pairs === 1 ? "1 pair" : `${pairs} pairs`)).join(" | ")} |`,
  );
  console.log(`| --- |${" --- |".repeat(few.length)}`);
  for (const noise of NOISES) {
    const cells = few.map((pairs) => {
      const shares = [0, 0.1].map((gain) => {
        const judge = (random, calibration) => judgeFew(noise, gain, pairs, random, calibration);
        return percent(tally(`${noise.name}/few/${pairs}/${gain}`, noise, 1, judge).accepted);
      });
      return shares.join(" / ");
    });
    console.log(`| ${noise.name} | ${cells.join(" | ")} |`);
  }
}

/** @param {import("../src/core/statistics/random.ts").Random} random */
function idea(random) {
  const kind = random.next();
  if (kind < 0.55) return 0;
  if (kind < 0.8) return -0.05 * random.next();
  return kind < 0.95 ? 0.003 + 0.017 * random.next() : 0.02 + 0.08 * random.next();
}

function tally(seed, noise, metrics, judge, children = CHILDREN) {
  const random = seeded(`bench/${seed}`);
  let calibration = null;
  let [accepted, runs] = [0, 0];
  for (let i = 0; i < children; i++) {
    if (i % CHILDREN_PER_RUN === 0) calibration = calibrateOn(noise, metrics, random);
    const outcome = judge(random, calibration);
    if (outcome.accepted) accepted++;
    runs += outcome.runs;
  }
  return { accepted: accepted / children, runs: runs / children };
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await benchJudge();
