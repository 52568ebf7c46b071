import { z } from "zod";
import { pairsToDetect } from "./calibration.ts";
import { MOST_PAIRS } from "./looks.ts";

/** auto: by what is scarce · thorough: as late as the tests say · quick: as if an experiment cost nothing. */
export const effortSchema = z.enum(["auto", "thorough", "quick"]);
export type Effort = z.infer<typeof effortSchema>;

/** What a run has spent, found and left. The unit of cost is a run of the benchmark with its container. */
export interface Means {
  /** What an experiment costs before it is measured: its agent, build and verify. */
  readonly priceRuns: number;
  /** How many experiments there were. */
  readonly experiments: number;
  /** What they cost, measuring included. */
  readonly spentRuns: number;
  /** The best log gain over the root so far. */
  readonly foundLogGain: number;
  /** What is left of the run's time; `null` where it has no limit, so that measuring takes nothing away. */
  readonly runsLeft: number | null;
  /** How many experiments the budget still allows; `null` where any number. */
  readonly experimentsLeft: number | null;
  /** Standard deviation of a pair's log gain under no change; `null` where it is not known. */
  readonly sigma: number | null;
}

/** What a verdict by the judge's own rules takes on average. */
const THOROUGH_RUNS = 16;
/** An experiment of this price is not given up for the few runs that it would still take. */
const DEAR_RUNS = 100;
/** What is assumed before anything was found: 2 % in the first four experiments, of eight runs each. */
const ASSUMED_LOG_GAIN = 0.02;
const ASSUMED_EXPERIMENTS = 4;
const ASSUMED_RUNS = 8;
const STEP = 1.05;
const LARGEST_WORTH = 0.5;

/**
 * The log gain below which a child is given up, once the median of its pairs is there; `null` where none is. It is the
 * least gain that pays for its own proof: what the proof takes would bring as much elsewhere, at the rate at which this
 * run has gained so far (Charnov's marginal value, 1976). Where the budget would outlast the experiments, less is worth
 * it. No child is given up where time has no limit, where what is left of it pays a thorough verdict on every experiment
 * that the budget still allows, or where an experiment costs 100 runs.
 */
export function giveUpBelow(effort: Effort, means: Means, minEffect: number): number | null {
  const { sigma } = means;
  if (effort === "thorough" || sigma === null) return null;
  if (effort === "auto" && isThoroughAffordable(means)) return null;
  const assumedRuns = ASSUMED_EXPERIMENTS * (means.priceRuns + ASSUMED_RUNS);
  const spentRuns = means.spentRuns + assumedRuns;
  const found = Math.max(0, means.foundLogGain) + ASSUMED_LOG_GAIN;
  const usualRuns = spentRuns / (means.experiments + ASSUMED_EXPERIMENTS);
  const rate = (found / spentRuns) * (effort === "quick" ? 1 : shareThatIsScarce(means, usualRuns));
  const proofRuns = (gain: number) => 2 * Math.min(MOST_PAIRS, pairsToDetect(sigma, gain));
  let worth = Math.log1p(minEffect);
  while (worth < LARGEST_WORTH && worth < rate * proofRuns(worth)) worth *= STEP;
  return worth;
}

function isThoroughAffordable({ priceRuns, runsLeft, experimentsLeft }: Means): boolean {
  if (runsLeft === null || priceRuns >= DEAR_RUNS) return true;
  return experimentsLeft !== null && runsLeft >= experimentsLeft * (priceRuns + THOROUGH_RUNS);
}

/** 1 where experiments as dear as the usual one use up the budget, and less the more would be left of it. */
function shareThatIsScarce({ runsLeft, experimentsLeft }: Means, usualRuns: number): number {
  if (runsLeft === null || experimentsLeft === null || experimentsLeft === 0) return 1;
  return Math.min(1, ((usualRuns * experimentsLeft) / Math.max(1, runsLeft)) ** 2);
}

/** A confirmation pays once this many times its own cost would be spent on a gain's children. */
const CONFIRMATION_RUNS = 24;
const CONFIRMATION_SHARE = 10;
/** With a thorough judge, and at least. */
export const FEWEST_CHILDREN = 3;

/** How many children may be built on a gain before it is confirmed. */
export function childrenBeforeConfirmation(
  worth: number | null,
  { priceRuns }: Pick<Means, "priceRuns">,
): number {
  if (worth === null) return FEWEST_CHILDREN;
  const children = (CONFIRMATION_SHARE * CONFIRMATION_RUNS) / (priceRuns + ASSUMED_RUNS);
  return Math.max(FEWEST_CHILDREN, Math.floor(children));
}
