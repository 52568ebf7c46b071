import { type Calibration, detectableLogGain, type MetricCalibration } from "./calibration.ts";
import { MOST_PAIRS } from "./look.ts";
import { formatPercent } from "./number-text.ts";

type NoisyMetric = Extract<MetricCalibration, { kind: "noisy" }>;

/** Position effects below this change nothing that matters: the order is random. */
const POSITION_WORTH_TELLING = 0.005;
const POSITION_P = 0.05;
const SELF_P = 0.01;
const COARSE_SHARE = 0.3;

/** What the metrics of a run are worth on this machine: one sentence per metric, in order of priority. */
export function calibrationSentences(calibration: Calibration): string[] {
  return calibration.metrics.map((metric) => {
    if (metric.kind === "exact") {
      return `${metric.name} is exact: all ${2 * calibration.pairs} runs of the baseline gave ${metric.value}, so any difference counts.`;
    }
    const smallest = formatPercent(Math.expm1(detectableLogGain(metric.sigma)));
    return (
      `${metric.name} varies by ${formatPercent(metric.sigma)} between two runs of the same code: ` +
      `a gain of ${smallest} is found four times out of five within ${MOST_PAIRS} pairs, a smaller one less often.`
    );
  });
}

/** What should make the user look at the benchmark or the machine; none of it makes a verdict wrong by itself. */
export function calibrationWarnings(calibration: Calibration): string[] {
  return calibration.metrics.flatMap((metric) =>
    metric.kind === "exact"
      ? []
      : [positionWarning(metric), selfWarning(metric), resolutionWarning(metric)].filter(
          (warning) => warning !== null,
        ),
  );
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

function resolutionWarning({ name, equalShare }: NoisyMetric): string | null {
  if (equalShare <= COARSE_SHARE) return null;
  return `${name}: ${formatPercent(equalShare)} of the pairs show no difference at all; its resolution is too coarse.`;
}
