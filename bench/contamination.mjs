#!/usr/bin/env node
// Whether measuring contaminated pairs again changes how often a child that changed nothing is found better.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { calibrate } from "../dist/core/judging/calibration.js";
import { contaminationOf, mayDiscard } from "../dist/core/judging/contamination.js";
import { sequentialJudge } from "../dist/core/judging/judge.js";
import { seeded } from "../dist/core/statistics/random.js";
import { TIME } from "./rules.mjs";

const CHILDREN = 2000;
const NO_OPS = 20_000;
const CHILDREN_PER_RUN = 20;
const CALIBRATION_PAIRS = 10;
const GAINS = [0, 0.02, 0.05];

/**
 * @typedef {{ wallMs: number, cpuMs: number, stealMs: number, pressureMs: number, throttledPeriods: number, throttledMs: number }} Run
 * @typedef {(parent: Run, child: Run, gain: number, sigma: number) => boolean} Rule which pairs to measure again
 */

/** @type {readonly (readonly [string, Rule])[]} */
const RULES = [
  ["none", () => false],
  ["stolen from either run (loopty)", (parent, child) => contaminationOf(parent, child) !== null],
  ["stolen from the child's run", (_parent, child) => contaminationOf(child, child) !== null],
  ["looks bad for the child", (_parent, _child, gain, sigma) => gain < -sigma],
];

const { pairs } = JSON.parse(
  readFileSync(new URL("data/noise-trace-300ms.json", import.meta.url), "utf8"),
);

/**
 * The recording has no steal, but what a run of one busy thread took beyond its CPU time it had to wait.
 * @type {readonly Run[]}
 */
const RUNS = pairs.flatMap((/** @type {number[]} */ [first, wallA, wallB, cpuA, cpuB]) => {
  const both = [runOf(wallA, cpuA), runOf(wallB, cpuB)];
  return first === 0 ? both : both.reverse();
});

function runOf(wallMs = 0, cpuMs = 0) {
  return {
    wallMs,
    cpuMs,
    stealMs: Math.max(0, wallMs - cpuMs),
    pressureMs: 0,
    throttledPeriods: 0,
    throttledMs: 0,
  };
}

/** Prints a markdown table. All seeds are fixed. */
export function benchContamination() {
  console.log(
    `\nFound better by wall time on the recording, of ${NO_OPS} children that changed nothing and ${CHILDREN} of each gain:\n`,
  );
  console.log("| measured again | no-op | +2 % | +5 % | of a no-op's pairs |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const [name, rule] of RULES) {
    const cells = GAINS.map((gain) => tally(rule, gain));
    const [noOp] = cells;
    const again = noOp === undefined ? 0 : noOp.discarded / noOp.measured;
    const shares = [...cells.map((cell) => cell.accepted / cell.children), again];
    console.log(`| ${[name, ...shares.map(percent)].join(" | ")} |`);
  }
}

/** @param {Rule} rule @param {number} trueGain */
function tally(rule, trueGain) {
  const random = seeded(`bench/contamination/${trueGain}`);
  const children = trueGain === 0 ? NO_OPS : CHILDREN;
  const total = { children, accepted: 0, discarded: 0, measured: 0 };
  let judge = sequentialJudge({ metrics: [TIME] });
  let sigma = 0;
  for (let i = 0; i < children; i++) {
    if (i % CHILDREN_PER_RUN === 0) {
      const next = pairsFrom(random, 0);
      const calibration = calibrate(
        [TIME],
        Array.from({ length: CALIBRATION_PAIRS }, () => next().pair),
      );
      const [metric] = calibration.metrics;
      sigma = metric?.kind === "noisy" ? metric.sigma : 0;
      judge = sequentialJudge({ metrics: [TIME], calibration });
    }
    const next = pairsFrom(random, trueGain);
    /** @type {{ pair: number, counts: boolean }[]} */
    const measured = [{ pair: 0, counts: false }];
    const counted = [];
    for (;;) {
      const { pair, parent, child } = next();
      const gain = Math.log((pair.parent[0] ?? 1) / (pair.child[0] ?? 1));
      const counts = !rule(parent, child, gain, sigma) || !mayDiscard(measured);
      measured.push({ pair: measured.length, counts });
      if (!counts) continue;
      counted.push(pair);
      const decision = judge.decide(counted);
      if (decision.kind === "continue") continue;
      if (decision.verdict === "improved") total.accepted++;
      break;
    }
    total.measured += measured.length - 1;
    total.discarded += measured.length - 1 - counted.length;
  }
  return total;
}

/** Pairs one after the other from a random point of the recording. */
function pairsFrom(
  /** @type {import("../src/core/statistics/random.ts").Random} */ random,
  trueGain = 0,
) {
  let at = random.integer(RUNS.length);
  const next = () => RUNS[at++ % RUNS.length] ?? runOf();
  return () => {
    const order = random.coin() ? "parent_first" : "child_first";
    const [first, second] = [next(), next()];
    const [parent, child] = order === "parent_first" ? [first, second] : [second, first];
    const pair = { order, parent: [parent.wallMs], child: [child.wallMs / (1 + trueGain)] };
    return { pair, parent, child };
  };
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) benchContamination();
