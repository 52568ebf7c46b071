#!/usr/bin/env node
// What it brings to compare builds before measuring, and what it costs where they do not tell:
// `npm run build && node bench/duplicates.mjs`, with loopty's own judge on recorded noise.
import { pathToFileURL } from "node:url";
import { seeded } from "../dist/core/statistics/random.js";
import { NOISES } from "./noise.mjs";
import { calibrateOn, RULES } from "./rules.mjs";

const SEEDS = 40;
/** Of the benchmark, for all verdicts of a campaign. */
const RUNS = 600;
/** How many there are. Where they run out, each that is not measured is lost. */
const IDEAS = [30, Number.POSITIVE_INFINITY];
const NOISE_NAMES = ["recorded wall time", "simulated quiet"];
const JUDGE = "**loopty: improved**";

/**
 * How many of the ideas that change nothing build the same program, and how many of those that change something seem to:
 * they are in sources that the benchmark compiles or reads by itself, beside others that the build compiles.
 */
const LANDSCAPES = [
  { name: "compiled", sameOfNone: 0.7, sameOfOthers: 0 },
  { name: "half compiled by the benchmark", sameOfNone: 0.7, sameOfOthers: 0.5 },
];

/** Prints a markdown table. All seeds are fixed. */
export function benchDuplicates() {
  console.log(
    "| noise | landscape | ideas | builds compared | experiments | not measured | improved, no better | true gain |",
  );
  console.log("| --- | --- | --- | --- | ---: | ---: | ---: | ---: |");
  for (const noise of NOISES.filter(({ name }) => NOISE_NAMES.includes(name))) {
    for (const landscape of LANDSCAPES) {
      for (const ideas of IDEAS) {
        for (const isCompared of [false, true]) {
          const played = Array.from({ length: SEEDS }, (_, seed) =>
            play(noise, { ...landscape, ideas }, isCompared, seed + 1),
          );
          const mean = (of) => played.reduce((sum, each) => sum + of(each), 0) / SEEDS;
          console.log(
            `| ${noise.name} | ${landscape.name} | ${ideas === Number.POSITIVE_INFINITY ? "endless" : ideas} | ` +
              `${isCompared ? "yes" : "no"} | ` +
              `${mean((each) => each.experiments).toFixed(1)} | ${mean((each) => each.same).toFixed(1)} | ` +
              `${mean((each) => each.wrong).toFixed(2)} | ${Math.exp(mean((each) => each.log)).toFixed(3)}x |`,
          );
        }
      }
    }
  }
}

/** The same stream of ideas with and without. An idea that is taken stays. */
function play(noise, { sameOfNone, sameOfOthers, ideas }, isCompared, seed) {
  const calibration = calibrateOn(noise, 1, seeded(`${noise.name}/${seed}/calibration`));
  const { judge } = RULES.find(({ name }) => name === JUDGE);
  const result = { experiments: 0, same: 0, wrong: 0, log: 0 };
  for (let used = 0; used < RUNS && result.experiments < ideas; result.experiments++) {
    const random = seeded(`${noise.name}/${seed}/${result.experiments}`);
    const gain = gainOf(random);
    const isSame = random.next() < (gain === 0 ? sameOfNone : sameOfOthers);
    if (isSame && isCompared) {
      result.same += 1;
      // It is built, which is no run of the benchmark but not for nothing.
      used += 1;
      continue;
    }
    const { accepted, runs } = judge(noise, gain, random, calibration);
    used += 1 + runs;
    if (!accepted) continue;
    result.log += Math.log1p(gain);
    if (gain <= 0) result.wrong += 1;
  }
  return result;
}

/** As in campaigns: half of the ideas do nothing. */
function gainOf(random) {
  const kind = random.next();
  if (kind < 0.55) return 0;
  if (kind < 0.8) return -0.05 * random.next();
  return kind < 0.95 ? 0.003 + 0.017 * random.next() : 0.02 + 0.08 * random.next();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) benchDuplicates();
