#!/usr/bin/env node
// Whole campaigns under each rule: the same ideas, the same cost, and the true gain at the end. Half an hour; `--noise cloud --seeds 16`
// is a part of it.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { NOISES } from "./noise.mjs";
import { playPairs, playStored } from "./played-campaign.mjs";

/** The budget is this many runs of the benchmark, and the price of a hundred experiments. */
const RUNS = 1500;
const EXPERIMENTS = 100;
/** What an experiment costs before it is measured, in runs, and how many ideas there are. */
const SCARCITIES = [
  { price: 0, ideas: 100 },
  { price: 0, ideas: 300 },
  { price: 0, ideas: Number.POSITIVE_INFINITY },
  { price: 1, ideas: 100 },
  { price: 1, ideas: 300 },
  { price: 1, ideas: Number.POSITIVE_INFINITY },
  { price: 10, ideas: 100 },
  { price: 10, ideas: Number.POSITIVE_INFINITY },
  { price: 100, ideas: 60 },
  { price: 100, ideas: Number.POSITIVE_INFINITY },
  { price: 1000, ideas: 60 },
  { price: 1000, ideas: Number.POSITIVE_INFINITY },
];
const SEEDS = 32;

/**
 * @typedef {import("./noise.mjs").Noise} Noise
 * @typedef {import("./played-campaign.mjs").Scarcity} Scarcity
 * @typedef {import("./played-campaign.mjs").Outcome} Outcome
 */

/** @type {readonly { name: string, play: (noise: Noise, scarcity: Scarcity, seed: string) => Outcome }[]} */
const RULES = [
  { name: "single run", play: (...args) => playStored(1, ...args) },
  { name: "median of 5", play: (...args) => playStored(5, ...args) },
  ...[0, 0.3, 1].map((errors) => ({
    name: `screen ${errors}`,
    play: (...args) => playPairs("thorough", ...args, crudeScreen(errors)),
  })),
  { name: "thorough", play: (...args) => playPairs("thorough", ...args) },
  { name: "quick", play: (...args) => playPairs("quick", ...args) },
  { name: "auto", play: (...args) => playPairs("auto", ...args) },
];

/** What many tools could have: given up as soon as a gain of 2 % lies so many standard errors above the mean so far. */
function crudeScreen(errors) {
  return (gains, sigma) => {
    let sum = 0;
    const given = gains.findIndex((gain, i) => {
      sum += gain;
      return sum / (i + 1) + (errors * sigma) / Math.sqrt(i + 1) < 0.02;
    });
    return given === -1 ? gains.length : given + 1;
  };
}

/** Prints two markdown tables. All seeds are fixed. */
export function benchCampaign(noises = NOISES, seeds = SEEDS) {
  console.log(
    `True gain at the end of ${seeds} campaigns of each kind, bold where it is best or within 5 % of it:\n`,
  );
  console.log(`| noise | price | ideas | ${RULES.map(({ name }) => name).join(" | ")} |`);
  console.log(`| --- | ---: | ---: |${" ---: |".repeat(RULES.length)}`);
  const all = new Map();
  for (const noise of noises) {
    for (const { price, ideas } of SCARCITIES) {
      const scarcity = { price, ideas, runs: RUNS + EXPERIMENTS * price };
      const gains = RULES.map(({ name, play }) => {
        const outcomes = Array.from({ length: seeds }, (_, k) =>
          play(noise, scarcity, `campaign/${noise.name}/${k}`),
        );
        const key = `${noise.name} | ${name}`;
        all.set(key, [...(all.get(key) ?? []), ...outcomes]);
        return Math.exp(outcomes.reduce((sum, { log }) => sum + log, 0) / seeds);
      });
      const best = Math.max(...gains);
      const cells = gains.map((gain) =>
        gain >= best / 1.05 ? `**${gain.toFixed(2)}x**` : `${gain.toFixed(2)}x`,
      );
      console.log(
        `| ${[noise.name, price, Number.isFinite(ideas) ? ideas : "endless", ...cells].join(" | ")} |`,
      );
    }
  }
  printClaims(all);
}

/** @param {Map<string, Outcome[]>} all */
function printClaims(all) {
  console.log(
    "\nWhat the same campaigns claimed; a stored number is its own claim, and has no interval:\n",
  );
  console.log(
    "| noise | rule | improved, no better | confirmed, no better | result beyond its interval | claimed over true |",
  );
  console.log("| --- | --- | ---: | ---: | ---: | ---: |");
  for (const [key, outcomes] of all) {
    const sum = (of) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
    const share = (part, whole) =>
      whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} % of ${whole}`;
    const outside = sum(({ log, low, high }) => (log < low - 1e-9 || log > high + 1e-9 ? 1 : 0));
    const cells = [
      share(
        sum((each) => each.improvedFalse),
        sum((each) => each.improved),
      ),
      share(
        sum((each) => each.confirmedFalse),
        sum((each) => each.confirmed),
      ),
      share(outside, outcomes.length),
      Math.exp(sum(({ claimed, log }) => claimed - log) / outcomes.length).toFixed(2),
    ];
    console.log(`| ${key} | ${cells.join(" | ")} |`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: { noise: { type: "string" }, seeds: { type: "string" } },
  });
  const named = NOISES.filter(({ name }) => name.includes(values.noise ?? ""));
  benchCampaign(named, values.seeds === undefined ? SEEDS : Number(values.seeds));
}
