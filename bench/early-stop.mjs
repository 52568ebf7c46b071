#!/usr/bin/env node
// How often a benchmark that still runs is stopped, of children that end better and of hopeless ones, and what that saves.
import { pathToFileURL } from "node:url";
import { EarlyStopWatch } from "../dist/core/judging/early-stop.js";
import { streamNoise } from "../dist/core/judging/row-gaps.js";
import { seeded } from "../dist/core/statistics/random.js";

const CHILDREN = 1000;
const CHILDREN_PER_RUN = 20;
const CALIBRATION_PAIRS = 10;
/** A child that is not stopped is measured in the warm-up pair and so many more: none of its runs may be stopped. */
const RUNS = 25;
/** Of a hopeless child without this rule: the warm-up pair and the two of the screen. */
const SCREEN_RUNS = 6;
const MARGIN = 0.02;
/** Of the last tenth, whose mean counts: a child that is better here ends better. */
const MIDDLE = 0.95;
const METRIC = {
  name: "loss",
  header: "loss (lower is better)",
  direction: /** @type {const} */ ("lower"),
};

/**
 * @typedef {import("../src/core/statistics/random.ts").Random} Random
 * @typedef {(share: number) => number} Gap log gain of the child over the share of the run, without noise
 * @typedef {{ name: string, better: boolean, gap: (random: Random) => Gap }} Family
 * @typedef {{ name: string, rows: number, white: number, wander: number, run: number }} Process
 */

/** Noise of a row, wander within a run, and offset of a run, in log units. @type {readonly Process[]} */
const PROCESSES = [
  { name: "quiet, 100 rows", rows: 100, white: 0.002, wander: 0.002, run: 0.002 },
  { name: "noisy, 100 rows", rows: 100, white: 0.03, wander: 0.02, run: 0.01 },
  { name: "noisy, 20 rows", rows: 20, white: 0.03, wander: 0.02, run: 0.01 },
  { name: "very noisy, 400 rows", rows: 400, white: 0.1, wander: 0.03, run: 0.01 },
];

const between = (/** @type {Random} */ random, low = 0, high = 1) =>
  low + (high - low) * random.next();
const endOf = (/** @type {Random} */ random) => between(random, 0.005, 0.1);

/** Catches up with a power of the time; far behind at first. */
const catchingUp =
  (low = 1, high = 1) =>
  (/** @type {Random} */ random) => {
    const [end, behind, power] = [
      endOf(random),
      between(random, 0.1, 1.5),
      between(random, low, high),
    ];
    return (/** @type {number} */ share) => -behind + (behind + end) * (share / MIDDLE) ** power;
  };

/** A constant distance until something is switched, such as a learning rate. */
const switchedAt =
  (low = 0, high = 1) =>
  (/** @type {Random} */ random) => {
    const [end, behind, at] = [
      endOf(random),
      between(random, 0.05, 0.5),
      between(random, low, high),
    ];
    return (/** @type {number} */ share) => (share < at ? -behind : end);
  };

const behindBy =
  (low = 0, high = 1) =>
  (/** @type {Random} */ random) => {
    const behind = between(random, low, high);
    return () => -behind;
  };

/** @type {readonly Family[]} */
const FAMILIES = [
  {
    name: "better throughout, by 0.5 to 10 %",
    better: true,
    gap: (random) => behindBy(-0.1, -0.005)(random),
  },
  {
    name: "slow start that decays",
    better: true,
    gap: (random) => {
      const [end, behind, decay] = [
        endOf(random),
        between(random, 0.1, 1.5),
        between(random, 0.05, 0.35),
      ];
      return (share) => end - behind * (Math.exp(-share / decay) - Math.exp(-MIDDLE / decay));
    },
  },
  { name: "catches up steadily", better: true, gap: catchingUp(1, 1) },
  {
    name: "catches up ever faster, up to the cube of the time",
    better: true,
    gap: catchingUp(1, 3),
  },
  { name: "jumps ahead before two thirds", better: true, gap: switchedAt(0.05, 0.66) },
  { name: "jumps ahead after two thirds", better: true, gap: switchedAt(0.66, 0.89) },
  { name: "no change", better: true, gap: () => () => 0 },
  { name: "5 to 10 % worse", better: false, gap: behindBy(0.05, 0.1) },
  { name: "10 to 30 % worse", better: false, gap: behindBy(0.1, 0.3) },
  { name: "30 to 100 % worse", better: false, gap: behindBy(0.3, 0.7) },
  {
    name: "diverges to 30 to 100 % worse",
    better: false,
    gap: (random) => {
      const behind = between(random, 0.3, 0.7);
      return (share) => -behind * share;
    },
  },
];

/** Prints a markdown table. All seeds are fixed. */
export function benchEarlyStop(children = CHILDREN) {
  console.log(
    `\nStopped of ${children} children of each kind, none of whose ${RUNS} runs may be (after so much of a run), by rows of the baseline:\n`,
  );
  console.log(`| child | ${PROCESSES.map(({ name }) => name).join(" | ")} |`);
  console.log(`| --- |${" --- |".repeat(PROCESSES.length)}`);
  for (const family of FAMILIES) {
    const cells = PROCESSES.map((process) => {
      const { stopped, share, runs } = tally(family, process, children);
      const rate = `${((100 * stopped) / children).toFixed(1)} %`;
      if (family.better || stopped === 0) return rate;
      const saved = 1 - runs / children / SCREEN_RUNS;
      return `${rate} (at ${Math.round((100 * share) / stopped)} %, saves ${Math.round(100 * saved)} %)`;
    });
    console.log(`| ${[family.name, ...cells].join(" | ")} |`);
  }
}

/** @param {Family} family @param {Process} process @param {number} children */
function tally(family, process, children) {
  const random = seeded(`bench/early-stop/${family.name}/${process.name}`);
  const total = { stopped: 0, share: 0, runs: 0 };
  let noise = 0;
  for (let i = 0; i < children; i++) {
    if (i % CHILDREN_PER_RUN === 0) noise = calibratedNoise(process, random);
    const gap = family.gap(random);
    let stopped = null;
    const most = family.better ? RUNS : SCREEN_RUNS / 2;
    let run = 0;
    while (run < most && stopped === null) {
      run++;
      const parent = tableOf(process, () => 0, random);
      const child = tableOf(process, gap, random);
      stopped = stoppedShare(process, noise, parent, child);
    }
    if (stopped === null) {
      total.runs += SCREEN_RUNS;
    } else {
      total.stopped++;
      total.share += stopped;
      total.runs += 2 * run - 1 + stopped;
    }
  }
  return total;
}

/** @param {Process} process @param {Random} random */
function calibratedNoise(process, random) {
  const pairs = Array.from(
    { length: CALIBRATION_PAIRS },
    () =>
      /** @type {const} */ ([tableOf(process, () => 0, random), tableOf(process, () => 0, random)]),
  );
  return streamNoise(METRIC, 0, pairs, 0) ?? 0;
}

/**
 * @param {Process} process @param {number} noise
 * @param {ReturnType<typeof tableOf>} parent @param {ReturnType<typeof tableOf>} child
 */
function stoppedShare({ rows }, noise, parent, child) {
  const rule = {
    metric: METRIC,
    index: 0,
    aggregate: /** @type {const} */ ("lastMean"),
    warmupRows: 0,
    noise,
    margin: MARGIN,
  };
  const watch = new EarlyStopWatch(rule, parent);
  for (const row of child.rows) {
    const found = watch.push(row);
    if (found !== null) return (found.iteration + 1) / rows;
  }
  return null;
}

/** A loss that falls with a power of the iteration. @param {Process} process @param {Gap} gap @param {Random} random */
function tableOf({ rows, white, wander, run }, gap, random) {
  const offset = run * normal(random);
  let wandered = wander * normal(random);
  return {
    metrics: [METRIC],
    rows: Array.from({ length: rows }, (_, i) => {
      wandered = 0.9 * wandered + wander * Math.sqrt(1 - 0.81) * normal(random);
      const loss = 0.2 + 2 / (1 + (20 * i) / rows);
      const logs = offset + wandered + white * normal(random) - gap((i + 1) / rows);
      return { iteration: i, values: [loss * Math.exp(logs)] };
    }),
  };
}

/** Box and Muller (1958). @param {Random} random */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  benchEarlyStop(Number(process.argv[2] ?? CHILDREN));
}
