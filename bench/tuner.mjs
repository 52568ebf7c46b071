#!/usr/bin/env node
// How many experiments the tuner takes beside others, on measured spaces of GPU kernels:
// `npm run build && node bench/tuner.mjs CLONE [--seeds 200] [--only NAME,NAME] [--space PART OF A NAME]...`.
// CLONE is a git clone of https://github.com/AutoTuningAssociation/benchmark_hub (MIT). TPE needs python3-optuna.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { seeded } from "../dist/core/statistics/random.js";
import { climb, drawn, endRivals, loopty, tpe } from "./tuner-rivals.mjs";

const COMMIT = "8eeb99e";
const OLDER = "currently_unused/cachefiles";
const SPACES = [
  ["convolution, RTX 2080 Ti", `${OLDER}/convolution/RTX_2080_Ti`],
  ["convolution, A4000", "cachefiles/convolution_milo/A4000"],
  ["convolution, MI250X", "cachefiles/convolution_milo/MI250X"],
  ["dedispersion, W7800", "cachefiles/dedispersion_milo/W7800"],
  ["dedispersion, MI250X", "cachefiles/dedispersion_milo/MI250X"],
  ["point in polygon, RTX 3090", `${OLDER}/pnpoly/RTX_3090`],
];
const RIVALS = [
  ["loopty's tuner", loopty],
  ["TPE of Optuna", tpe],
  ["hill climb", climb],
  ["random", drawn],
];
const EXPERIMENTS = 150;
const EARLY = 50;
const WITHIN = 1.05;
/** Of a measured time, in log units. */
const NOISE = 0.02;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "200" },
    only: { type: "string" },
    space: { type: "string", multiple: true },
  },
});
const [clone] = positionals;
if (clone === undefined) throw new Error("name a clone of AutoTuningAssociation/benchmark_hub");
const chosen = RIVALS.filter(([name]) => values.only?.split(",").includes(name) ?? true);

console.log(
  `| space | points | of them run | within 5 % | ${chosen.map(([name]) => name).join(" | ")} |`,
);
console.log(`| --- | ${"---: | ".repeat(3 + chosen.length)}`);
for (const [name, path] of SPACES) {
  if (values.space?.every((part) => !name.includes(part))) continue;
  const space = spaceIn(clone, path);
  const timed = space.times.filter((time) => time !== null);
  const good = timed.filter((time) => time <= WITHIN * space.best).length;
  const cells = [];
  for (const [, rival] of chosen) cells.push(await told(name, space, rival));
  console.log(`| ${[name, space.times.length, timed.length, good, ...cells].join(" | ")} |`);
}
endRivals();

/** Parameters with more than one value, and the time of every point in counting order, `null` where it does not run. */
function spaceIn(repository, path) {
  const packed = execFileSync("git", ["-C", repository, "show", `${COMMIT}:${path}.json.gz`], {
    maxBuffer: 2 ** 28,
  });
  const text = gunzipSync(packed).toString("utf8").trim();
  const { tune_params: all, cache } = JSON.parse(
    text.endsWith(",") ? `${text.slice(0, -1)}}}` : text,
  );
  const parameters = Object.entries(all).filter(([, options]) => options.length > 1);
  const times = Array(parameters.reduce((size, [, { length }]) => size * length, 1)).fill(null);
  for (const measured of Object.values(cache)) {
    if (typeof measured.time !== "number" || measured.time > 1e10) continue;
    const at = parameters.map(([name, options]) => options.indexOf(measured[name]));
    times[
      ordinalOf(
        at,
        parameters.map(([, { length }]) => length),
      )
    ] = measured.time;
  }
  return {
    sizes: parameters.map(([, { length }]) => length),
    times,
    best: times.reduce((best, time) => Math.min(best, time ?? best), Number.POSITIVE_INFINITY),
  };
}

function ordinalOf(at, sizes) {
  return at.reduce((sum, index, axis) => sum * sizes[axis] + index, 0);
}

/** Median experiments until what it takes for the best is within 5 % of the best, the share of seeds, and how far it is early. */
async function told(name, space, rival) {
  const runs = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    runs.push(await search(`${name}/${seed}`, space, rival));
  }
  const needed = runs
    .map(({ found }) => found ?? Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a - b);
  const median = needed[Math.floor(needed.length / 2)];
  const share = (100 * runs.filter(({ found }) => found !== null).length) / runs.length;
  const early = Math.exp(runs.reduce((sum, each) => sum + Math.log(each.early), 0) / runs.length);
  const took = median === Number.POSITIVE_INFINITY ? `> ${EXPERIMENTS}` : median;
  return `${took} (${share.toFixed(0)} %, +${(100 * (early - 1)).toFixed(0)} %)`;
}

/** All rivals of a seed start from the same point, which runs, and see the same noise. */
async function search(seed, space, rival) {
  const { sizes, times, best } = space;
  const timeAt = (at) => times[ordinalOf(at, sizes)];
  const start = seeded(`${seed}/start`);
  const noise = seeded(`${seed}/noise`);
  let first = sizes.map(() => 0);
  do first = sizes.map((size) => start.integer(size));
  while (timeAt(first) === null);
  const measure = (at) => {
    const [time, error] = [timeAt(at), NOISE * normal(noise)];
    return { at, log: time === null ? null : Math.log(time) + error };
  };
  const propose = await rival(sizes, seed);
  const tried = [measure(first)];
  let champion = tried[0];
  let found = null;
  let early = null;
  for (let count = 0; ; count++) {
    const ratio = timeAt(champion.at) / best;
    if (found === null && ratio <= WITHIN) found = count;
    if (count === EARLY) early = ratio;
    if (count === EXPERIMENTS || (count >= EARLY && found !== null)) return { found, early };
    const next = measure(await propose(tried));
    tried.push(next);
    if (next.log !== null && next.log < champion.log) champion = next;
  }
}

/** Box and Muller (1958). */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
