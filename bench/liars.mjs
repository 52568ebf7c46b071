// How often a child wins that is no faster and prints less in a part of its runs, and how often an honest one is doubted.

import { unseenClaims } from "../dist/core/judging/doubt.js";
import { confirmAlpha, fixedJudge, sequentialJudge } from "../dist/core/judging/judge.js";
import { seeded } from "../dist/core/statistics/random.js";
import { NOISES } from "./noise.mjs";
import { calibrateOn, TIME } from "./rules.mjs";

/** Per cell. */
const LIARS = 200;
const HONEST = 500;
const CHILDREN_PER_RUN = 20;
const RESULT_PAIRS = 20;
/** The parent's run in milliseconds, and how much of it is timed. */
const RUN_MS = 1000;
const TIMED_SHARE = 0.85;
const ROWS = 5;
const RULE = { kinds: /** @type {const} */ (["samples"]), addsUp: [true] };

const SHARES = [0.3, 0.4, 0.6, 1];
/** Of the run: a claim below it may be lost among start and end, so nothing is said of it. */
const SMALLEST_CLAIM = 0.1;
/** What a lie leaves of the time that was taken. */
const LIES = [0.9, 0.5, 0.1];
/** Of the honest: what is truly left of the time. */
const TRUTHS = [0.9, 0.75, 0.5, 0.1];

/**
 * @typedef {import("../src/core/statistics/random.ts").Random} Random
 * @typedef {import("./noise.mjs").Noise} Noise
 */

export function printLiars() {
  console.log(
    `\nChildren that print less than they took in a share of their runs, of ${LIARS} of each kind: a result of more than a tenth of the run / a smaller one / flagged and worth nothing:\n`,
  );
  console.log(
    `| noise | a lie leaves | ${SHARES.map((share) => `${100 * share} % of runs`).join(" | ")} |`,
  );
  console.log(`| --- | --- |${" --- |".repeat(SHARES.length)}`);
  for (const noise of NOISES) {
    for (const lie of LIES) {
      const cells = SHARES.map((share) => {
        const { won, little, flagged } = tally(
          `${noise.name}/liar/${share}/${lie}`,
          noise,
          LIARS,
          (random) => ({
            took: 1,
            printed: random.next() < share ? lie : 1,
          }),
        );
        return [won, little, flagged].map(percent).join(" / ");
      });
      console.log(`| ${[noise.name, lie, ...cells].join(" | ")} |`);
    }
  }
  console.log(
    `\nHonest children that are doubted, of those that were found better; ${HONEST} of each:\n`,
  );
  console.log(`| noise | ${TRUTHS.map((truth) => `${truth} of the time`).join(" | ")} |`);
  console.log(`| --- |${" --- |".repeat(TRUTHS.length)}`);
  for (const noise of NOISES) {
    const cells = TRUTHS.map((truth) => {
      const honest = () => ({ took: truth, printed: 1 });
      const { better, doubted } = tally(`${noise.name}/honest/${truth}`, noise, HONEST, honest);
      return better === 0 ? "-" : `${percent(doubted / better)} of ${better}`;
    });
    console.log(`| ${noise.name} | ${cells.join(" | ")} |`);
  }
}

/**
 * Verdict, confirmation and result, as a run goes through them.
 * @param {string} seed @param {Noise} noise @param {number} children
 * @param {(random: Random) => { took: number, printed: number }} childOf
 */
function tally(seed, noise, children, childOf) {
  const random = seeded(`bench/${seed}`);
  let calibration = null;
  let [won, little, flagged, better, doubted] = [0, 0, 0, 0, 0];
  for (let i = 0; i < children; i++) {
    if (i % CHILDREN_PER_RUN === 0) calibration = calibrateOn(noise, 1, random);
    const machine = noise.open(random);
    const play = (/** @type {import("../src/core/judging/judge.ts").Judge} */ judge) =>
      measured(judge, machine, () => childOf(random), random);
    const first = play(sequentialJudge({ metrics: [TIME], calibration }));
    if (first.verdict !== "improved") continue;
    better++;
    if (first.unseen) doubted++;
    const again = play(
      sequentialJudge({ metrics: [TIME], calibration, alpha: confirmAlpha(calibration) }),
    );
    if (again.verdict !== "improved") continue;
    const result = play(fixedJudge({ metrics: [TIME], pairs: RESULT_PAIRS }));
    if (again.unseen || result.unseen) flagged++;
    else if (result.claim < SMALLEST_CLAIM) little++;
    else won++;
  }
  const shares = { won: won / children, little: little / children, flagged: flagged / children };
  return { ...shares, better, doubted };
}

/**
 * @param {import("../src/core/judging/judge.ts").Judge} judge @param {import("./noise.mjs").Machine} machine
 * @param {() => { took: number, printed: number }} childOf @param {Random} random
 */
function measured(judge, machine, childOf, random) {
  const pairs = [];
  for (;;) {
    const order = random.coin() ? "parent_first" : "child_first";
    const runs = [
      order === "parent_first" ? PARENT : childOf(),
      order === "parent_first" ? childOf() : PARENT,
    ].map(({ took, printed }) => {
      const slow = machine() / 300;
      const timedMs = RUN_MS * TIMED_SHARE * took * slow;
      const wallMs = timedMs + RUN_MS * (1 - TIMED_SHARE) * slow;
      const values = [(printed * timedMs) / ROWS];
      return { values, sums: [printed * timedMs], rows: ROWS, wallMs, cpuMs: wallMs };
    });
    const [first, second] = runs;
    if (first === undefined || second === undefined) throw new Error("a pair has two runs");
    const [parent, child] = order === "parent_first" ? [first, second] : [second, first];
    pairs.push({ order, parent, child });
    const decision = judge.decide(
      pairs.map((pair) => ({
        order: pair.order,
        parent: pair.parent.values,
        child: pair.child.values,
      })),
    );
    if (decision.kind === "continue") continue;
    const { gain } = decision.evidence;
    const claim = (TIMED_SHARE * gain) / (1 + gain);
    return {
      verdict: decision.verdict,
      claim,
      unseen: unseenClaims([TIME], pairs, RULE).length > 0,
    };
  }
}

const PARENT = { took: 1, printed: 1 };

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
