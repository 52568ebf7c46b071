import type { Metric } from "../metrics/metric.ts";
import type { Calibration } from "./calibration.ts";
import type { Pair } from "./comparison.ts";
import {
  type CriteriaOptions,
  type Criterion,
  criteriaByPriority,
  metricCriterion,
} from "./criterion.ts";
import { type Decision, decideBy } from "./decision.ts";
import { looksWithin, MOST_PAIRS } from "./looks.ts";
import { type Plan, stagesOf } from "./plan.ts";
import { criteriaByWeight } from "./score.ts";
import { exactStanding, noisyStanding, type Standing } from "./standing.ts";

export type { Decision } from "./decision.ts";

/**
 * The level of the fresh pairs that confirm a gain, so that in a search where 80 % of the ideas are no better fewer
 * than 1 in 100 confirmed nodes is none. It is half of the first test's level (at 0.05 it would be up to 3 in 100), and
 * a fifth where a pair varies by more than 5 %, as there a third of the first gains are none (`npm run bench`).
 */
export function confirmAlpha(calibration: Calibration | null): number {
  const isRough = calibration?.metrics.some(
    (metric) => metric.kind === "noisy" && metric.sigma > ROUGH_SIGMA,
  );
  return isRough === true ? 0.01 : 0.025;
}

const ROUGH_SIGMA = 0.05;
const ALPHA = 0.05;
const MIN_EFFECT = 0.005;
const EARLY_PAIRS = 2;

/**
 * Decides whether the pairs so far are enough for a verdict on the child. The pairs come in the order of measuring,
 * without the discarded warm-up pair. A decision stands: pairs after it change nothing.
 */
export interface Judge {
  decide(pairs: readonly Pair[]): Decision;
}

export interface JudgeOptions {
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** From pairs of the baseline with itself. Without a calibration, the noise is estimated from the pairs that are judged. */
  readonly calibration?: Calibration | null;
  /** The least gain worth having: 0.005 is 0.5 %. */
  readonly minEffect?: number;
  /** The gain hoped for, by default twice the least. Where it becomes improbable, judging stops. */
  readonly targetEffect?: number;
  /** In log units: a child is given up as soon as the median of its pairs is below. It costs power and never error. */
  readonly giveUpBelow?: number | null;
  /** How much worse a noisy metric may be and still count as equal, in log units. The default depends on the noise. */
  readonly tieMargin?: number;
  /** Weights by metric name, for one weighted score instead of strict priority. */
  readonly weights?: Readonly<Record<string, number>> | null;
  /** How much worse a metric that wins nothing may be, by its name, whatever else is gained. 0.05 is 5 %. */
  readonly guards?: Readonly<Record<string, number>>;
  /** Pairs of the same two nodes from before: an exact gain that they show too needs one fresh pair. */
  readonly before?: readonly Pair[];
  /** Chance that a child that changed nothing is found better, over all looks and metrics together. */
  readonly alpha?: number;
}

/**
 * Judges while pairs come in. It looks for a gain after 6, 9, 13, 18 and 24 pairs, and for a loss or hopelessness after
 * every pair. With fewer than 6 affordable pairs no test exists. Then the estimate after the last one decides, and the
 * decision is `unverified`.
 */
export function sequentialJudge(options: JudgeOptions & { readonly maxPairs?: number }): Judge {
  const plan = sequentialPlan(options.maxPairs);
  const { alpha = ALPHA } = options;
  // Early wins are for a child's first pairs. Fresh pairs confirm by the test.
  const early = alpha >= ALPHA && plan.looks.length > 0 ? EARLY_PAIRS : null;
  return judgeBy(criteriaOf(options), options, { ...plan, early });
}

/**
 * Judges once, after exactly this many pairs, so no early stop can flatter the number. A noisy metric needs at least 5
 * to win. Where nothing varies, `exactPairs` are enough.
 */
export function fixedJudge(
  options: JudgeOptions & { readonly pairs: number; readonly exactPairs?: number },
): Judge {
  const pairs = checkPairs(options.pairs);
  const { exactPairs = pairs } = options;
  const criteria = criteriaOf(options);
  const planOf = (count: number) => ({
    maxPairs: count,
    looks: [count],
    early: null,
    first: count,
  });
  const judge = judgeBy(criteria, options, planOf(pairs));
  const brief = judgeBy(criteria, options, planOf(checkPairs(exactPairs)));
  return {
    decide(soFar) {
      const few = soFar.slice(0, exactPairs);
      const isExact = few.length === exactPairs && criteria.every((each) => each.isExact(few));
      return (isExact ? brief : judge).decide(soFar);
    },
  };
}

/**
 * Judges only whether a child is not worse than an ancestor on these metrics: `tie`, `worse` or `inconclusive`, never
 * `improved`. It is for the guard against erosion (`erosion.ts`).
 */
export function guardJudge(
  options: JudgeOptions & { readonly guarded: readonly string[]; readonly maxPairs?: number },
): Judge {
  const criteria = options.metrics.flatMap(({ name }, index) =>
    options.guarded.includes(name) ? [metricCriterion(withDefaults(options), index, false)] : [],
  );
  return judgeBy(criteria, options, sequentialPlan(options.maxPairs));
}

function judgeBy(criteria: readonly Criterion[], options: JudgeOptions, plan: Plan): Judge {
  if (criteria.length === 0) throw new RangeError("there is no metric to judge by");
  const { minEffect = MIN_EFFECT, targetEffect = 2 * minEffect, alpha = ALPHA } = options;
  const pairsBefore = options.before?.length ?? 0;
  const thresholds = {
    minEffect: Math.log1p(minEffect),
    targetEffect: Math.log1p(targetEffect),
    giveUpBelow: options.giveUpBelow ?? null,
  };
  const { maxPairs, looks, first } = plan;
  return {
    decide(pairs) {
      let standings: readonly Standing[] = [];
      for (let n = first; n <= pairs.length; n++) {
        const soFar = pairs.slice(0, n);
        const stages = stagesOf(criteria, soFar, { alpha, minEffect: thresholds.minEffect }, plan);
        standings = criteria.map((criterion, k) => {
          const stage = stages[k] ?? { kind: "between" };
          return criterion.isExact(soFar)
            ? exactStanding(criterion, soFar, n === maxPairs || pairsBefore > 0)
            : noisyStanding(criterion, soFar, thresholds, stage, standings[k]);
        });
        const decision = decideBy(standings, {
          pairs: soFar,
          pairsBefore,
          maxPairs,
          looks,
          thresholds,
        });
        if (decision.kind === "decided") return decision;
      }
      return { kind: "continue" };
    },
  };
}

/** Pairs after the last look could prove nothing more. */
function sequentialPlan(wanted = MOST_PAIRS): Plan {
  const looks = looksWithin(checkPairs(wanted));
  return { maxPairs: looks.at(-1) ?? wanted, looks, early: null, first: 1 };
}

function criteriaOf(options: JudgeOptions): readonly Criterion[] {
  const complete = withDefaults(options);
  return options.weights
    ? criteriaByWeight(complete, options.weights)
    : criteriaByPriority(complete);
}

function withDefaults({
  metrics,
  calibration = null,
  minEffect = MIN_EFFECT,
  tieMargin,
  guards = {},
  before = [],
}: JudgeOptions): CriteriaOptions {
  return { metrics, calibration, minEffect, tieMargin, guards, before };
}

function checkPairs(pairs: number): number {
  if (!Number.isInteger(pairs) || pairs < 1) throw new RangeError(`cannot judge ${pairs} pairs`);
  return pairs;
}
