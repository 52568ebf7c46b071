import {
  type Calibration,
  detectableLogGain,
  type MetricCalibration,
} from "../judging/calibration.ts";
import { MOST_PAIRS } from "../judging/looks.ts";
import { formatPercent } from "../text/number.ts";

type NoisyMetric = Extract<MetricCalibration, { kind: "noisy" }>;

/** Smaller position effects change nothing that matters, as the order is random. */
const POSITION_WORTH_TELLING = 0.005;
const POSITION_P = 0.05;
const SELF_P = 0.01;
const COARSE_SHARE = 0.3;
/** From so many times the least gain that the user wants on, hardly any such gain is ever found. */
const HOPELESS_FACTOR = 10;
/**
 * Bounds of a run's time. Below the first, only its start is measured (hyperfine draws the line there). Below the
 * second, much of the time is its start.
 */
const REFUSED_MS = 5;
const SHORT_MS = 100;

/** refuse: no verdict would mean anything · warn: verdicts hold, but they cost more, or see less, than they could. */
export interface CalibrationWarning {
  readonly level: "refuse" | "warn";
  readonly text: string;
}

/** What the metrics of a run are worth on this machine: one sentence per metric, in order of priority. */
export function calibrationSentences(calibration: Calibration): string[] {
  return calibration.metrics.map((metric) => {
    if (metric.kind === "exact") {
      return `${metric.name} is exact: all ${runsOf(calibration)} runs of the baseline gave ${metric.value}, so any difference counts.`;
    }
    const smallest = formatPercent(Math.expm1(detectableLogGain(metric.sigma)));
    return (
      `${metric.name} varies by ${formatPercent(metric.sigma)} between two runs of the same code: ` +
      `a gain of ${smallest} is found four times out of five within ${MOST_PAIRS} pairs, a smaller one less often.`
    );
  });
}

function runsOf({ pairs, agreeingRuns }: Calibration): number {
  return agreeingRuns + 2 * pairs;
}

/**
 * Whether the second run of a pair differs from the first: one sentence per noisy metric, as an answer and not as a
 * warning.
 */
export function positionSentences(calibration: Calibration): string[] {
  return calibration.metrics.flatMap((metric) => {
    if (metric.kind === "exact" || positionWarning(metric) !== null) return [];
    const { logGain, p } = metric.position;
    const side = logGain >= 0 ? "better" : "worse";
    return [
      `${metric.name} is ${formatPercent(Math.abs(logGain))} ${side} in the second run of a pair ` +
        `(p ${p.toFixed(2)}), which is no effect of the position that matters.`,
    ];
  });
}

/**
 * What should make the user look at the benchmark or the machine. `runMs` is what one run takes, `minEffect` the least
 * gain that the user wants: 0.005 is 0.5 %. The length matters only where something varies.
 */
export function calibrationWarnings(
  calibration: Calibration,
  runMs: number,
  minEffect: number,
): CalibrationWarning[] {
  const noisy = calibration.metrics.filter((metric) => metric.kind === "noisy");
  const texts = noisy.flatMap((metric) => [
    positionWarning(metric),
    selfWarning(metric),
    resolutionWarning(metric),
    missedWarning(metric, minEffect),
  ]);
  const warnings = texts.flatMap((text) =>
    text === null ? [] : [{ level: "warn" as const, text }],
  );
  return noisy.length === 0 ? warnings : [...lengthWarnings(runMs), ...warnings];
}

function lengthWarnings(runMs: number): CalibrationWarning[] {
  if (runMs >= SHORT_MS) return [];
  const takes = `one run of the benchmark takes ${runMs.toFixed(runMs < 10 ? 1 : 0)} ms`;
  return runMs < REFUSED_MS
    ? [{ level: "refuse", text: `${takes}: what varies there is the start of a process.` }]
    : [{ level: "warn", text: `${takes}, much of it the start of a process.` }];
}

function positionWarning({ name, position }: NoisyMetric): string | null {
  const size = Math.abs(position.logGain);
  if (size <= POSITION_WORTH_TELLING || position.p > POSITION_P) return null;
  const side = position.logGain > 0 ? "better" : "worse";
  return (
    `${name}: the second run of a pair comes out ${formatPercent(size)} ${side} than the first; ` +
    "the order is random, so this favours nobody, but it adds noise."
  );
}

function selfWarning({ name, self }: NoisyMetric): string | null {
  if (self.p > SELF_P) return null;
  return (
    `${name}: the baseline seems ${formatPercent(Math.abs(self.logGain))} different from itself ` +
    `(p ${self.p.toFixed(3)}); by chance this happens once in a hundred times, so measure again.`
  );
}

function missedWarning({ name, sigma }: NoisyMetric, minEffect: number): string | null {
  const found = Math.expm1(detectableLogGain(sigma));
  if (minEffect === 0 || found < HOPELESS_FACTOR * minEffect) return null;
  return (
    `${name} varies so much that most gains between ${formatPercent(minEffect)} (metrics.min_effect) and ` +
    `${formatPercent(found)} are missed.`
  );
}

function resolutionWarning({ name, equalShare }: NoisyMetric): string | null {
  if (equalShare <= COARSE_SHARE) return null;
  return `${name}: ${formatPercent(equalShare)} of the pairs show no difference at all; its resolution is too coarse.`;
}
