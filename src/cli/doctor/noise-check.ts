import type { Config } from "../../config/schema/schema.ts";
import type { RunEvent } from "../../core/events/event.ts";
import type { Calibration } from "../../core/judging/calibration.ts";
import { type Forecast, forecastPairs } from "../../core/judging/calibration.ts";
import { median } from "../../core/statistics/statistics.ts";
import { formatCounted, formatDuration } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { calibrationWarnings, positionSentences } from "../../core/views/calibration.ts";
import { runBaseline } from "../../loop/baseline.ts";
import { judgeOptions } from "../../loop/comparing/rules.ts";
import type { Run } from "../../loop/run/run.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import type { Progress } from "../terminal/progress.ts";
import type { World } from "../world.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { withRehearsal } from "./rehearsal.ts";

/** What verdicts will be worth on this machine, and what they will cost. Times in milliseconds. */
export interface Noise {
  readonly calibration: Calibration;
  /** One run of the benchmark. */
  readonly runMs: number;
  /** Two runs with their containers. */
  readonly pairMs: number;
  readonly buildAndVerifyMs: number;
  readonly forecast: Forecast;
}

const LONGER = "let one run do 300 ms of work or more, or print counts, which do not vary";
const STEADIER =
  "more work per run, finer units, a quieter machine or sandbox.measure_cpus make it steadier";

/**
 * Measures the baseline against itself, as a run does when it starts, and leaves nothing behind. Returns `null` where
 * the benchmark does not always work, which is reported. Throws what a failing baseline throws.
 */
export async function measureNoise(
  world: World,
  config: Config,
  engine: Engine,
  progress: Progress,
  tell: (check: Check) => void,
): Promise<Noise | null> {
  const events: RunEvent[] = [];
  const observe = (event: RunEvent) => {
    progress.event(event);
    if (event.type !== "row_streamed") events.push(event);
  };
  let noise: Noise | null = null;
  const onOutput = (chunk: Buffer) => progress.output(chunk);
  const request = { world, config, engine, observe, onOutput, name: "doctor" } as const;
  await withRehearsal(request, async (run) => {
    await runBaseline(run, world.signal);
    noise = noiseOf(run, events);
  });
  for (const check of noise === null
    ? failures(events)
    : checksOf(noise, config.metrics.minEffectRatio, events))
    tell(check);
  return noise;
}

function noiseOf(run: Run, events: readonly RunEvent[]): Noise | null {
  const { calibration, benchmarkMs } = measuredBaseline(run.records.store.record);
  if (calibration === null) return null;
  return {
    calibration,
    runMs: benchmarkMs,
    pairMs: pairMsOf(events) ?? 2 * benchmarkMs,
    buildAndVerifyMs: events.reduce(
      (sum, event) =>
        event.type === "build_finished" || event.type === "verify_finished"
          ? sum + event.durationMs
          : sum,
      0,
    ),
    forecast: forecastPairs(calibration, judgeOptions(run).maxPairs),
  };
}

/** The median, as others may measure in between; `null` where runs that agree took no pairs. */
function pairMsOf(events: readonly RunEvent[]): number | null {
  const endedAtMs = events.flatMap((event) =>
    event.type === "pair_finished" ? [Date.parse(event.at)] : [],
  );
  if (endedAtMs.length < 2) return null;
  return median(endedAtMs.slice(1).map((at, i) => at - (endedAtMs[i] ?? at)));
}

function checksOf(
  { calibration, runMs, pairMs, buildAndVerifyMs, forecast }: Noise,
  minEffect: number,
  events: readonly RunEvent[],
): Check[] {
  const told = events.flatMap((event) => (event.type === "calibration_finished" ? event.text : []));
  const { noOpPairs, mostPairs } = forecast;
  const takes = (pairs: number) =>
    `${formatCounted(pairs, "pair")}, ${formatDuration(pairs * pairMs)}`;
  const cost =
    `a child that changes nothing takes about ${takes(noOpPairs)}; a verdict at most ${takes(mostPairs)}; ` +
    `build and verify add ${formatDuration(buildAndVerifyMs)}`;
  return [
    ok(
      "run",
      `one run of the benchmark takes ${formatDuration(runMs)}, a pair with its containers ${formatDuration(pairMs)}`,
    ),
    ...[...told, ...positionSentences(calibration)].map((sentence) =>
      ok("noise", printable(sentence)),
    ),
    ...calibrationWarnings(calibration, runMs, minEffect).map(({ level, text }) =>
      level === "refuse"
        ? fail("noise", printable(text), LONGER)
        : warn("noise", printable(text), STEADIER),
    ),
    ok("verdict", cost),
  ];
}

function failures(events: readonly RunEvent[]): Check[] {
  const messages = events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  const hint = "`loopty doctor` runs the steps one by one";
  return [fail("noise", printable(messages.at(-1) ?? "there is no calibration"), hint)];
}
