import { placesBetween } from "../../core/metrics/gain.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { isGain, type Verdict } from "../../core/tree/verdict.ts";
import { decisiveMetric } from "../decisive-metric.ts";
import type { Move, Point } from "./space.ts";
import { movesBetween } from "./space.ts";

/** What one finished node says about the moves it made. */
export interface Observation {
  readonly id: NodeId;
  readonly moves: readonly Move[];
  /** `gain` is as records have it. It is above 0 only where the verdict says so, and 0 where no difference was found. */
  readonly result:
    | { readonly kind: "measured"; readonly metric: Metric; readonly gain: number }
    | { readonly kind: "failed" };
}

/** How much a set of moves is expected to gain. 1 is a typical gain or loss of this run so far. */
export type Expectation = (moves: readonly Move[]) => number;

const FAILED: readonly Verdict[] = [
  "build_failed",
  "verify_failed",
  "bench_failed",
  "metrics_invalid",
  "timeout",
  "out_of_memory",
  "stopped_early",
];
const SAME: readonly Verdict[] = ["tie", "no_gain", "inconclusive"];

const SWEEPS = 20;
const RATE = 0.5;
// The rest goes to the value that was left. It is above a half, so that one bad value does not condemn its whole parameter.
const SHARE_OF_NEW_VALUE = 0.75;

/** The evidence in nodes whose point, and whose parent's point, are known. */
export function observationsOf(
  nodes: readonly ExperimentNode[],
  points: ReadonlyMap<NodeId, Point>,
  metrics: readonly Metric[],
): Observation[] {
  return nodes.flatMap((node) => {
    const from = node.parent === null ? undefined : points.get(node.parent);
    const to = points.get(node.id);
    const result = resultOf(node, metrics);
    if (from === undefined || to === undefined || result === null) return [];
    const moves = movesBetween(from, to);
    return moves.length === 0 ? [] : [{ id: node.id, moves, result }];
  });
}

function resultOf(node: ExperimentNode, metrics: readonly Metric[]): Observation["result"] | null {
  const { verdict } = node;
  if (verdict === null) return null;
  if (FAILED.includes(verdict)) return { kind: "failed" };
  const { name = "", gain = 0 } = decisiveMetric(node) ?? {};
  const metric = metricNamed(metrics, name);
  if (SAME.includes(verdict)) return { kind: "measured", metric, gain: 0 };
  if (isGain(verdict)) return { kind: "measured", metric, gain: Math.max(gain, 0) };
  if (verdict === "worse") return { kind: "measured", metric, gain: Math.min(gain, 0) };
  return null;
}

/**
 * Fits one number per value of each parameter. The gain of a move is the number of the value it goes to minus that of
 * the value it leaves, and moves add up (gains as logarithms). Kaczmarz' method solves this: every step in turn
 * corrects its own values by part of its error. A value that helped gains. So does, a little, every untried value of a
 * parameter whose present one lost.
 */
export function learn(steps: readonly Observation[]): Expectation {
  const numbers = new Map<string, number>();
  const numberOf = (parameter: number, value: string) => numbers.get(`${parameter}=${value}`) ?? 0;
  const expect: Expectation = (moves) =>
    moves.reduce(
      (sum, { parameter, from, to }) => sum + numberOf(parameter, to) - numberOf(parameter, from),
      0,
    );
  const observed = scaled(steps);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const { moves, gain } of observed) {
      const correction = (RATE * (gain - expect(moves))) / moves.length;
      for (const { parameter, from, to } of moves) {
        const added = SHARE_OF_NEW_VALUE * correction;
        const taken = (1 - SHARE_OF_NEW_VALUE) * correction;
        numbers.set(`${parameter}=${to}`, numberOf(parameter, to) + added);
        numbers.set(`${parameter}=${from}`, numberOf(parameter, from) - taken);
      }
    }
  }
  return expect;
}

/** Gains in units of the mean size of a gain or loss, so that steps of 1 % teach as much as steps of 3x. */
function scaled(
  steps: readonly Observation[],
): { readonly moves: readonly Move[]; readonly gain: number }[] {
  const logGains = steps.flatMap(({ result }) =>
    result.kind === "measured" && result.gain !== 0 ? [Math.abs(logGain(result))] : [],
  );
  const mean = logGains.reduce((sum, gain) => sum + gain, 0) / logGains.length;
  return steps.map(({ moves, result }) => ({
    moves,
    gain: result.kind === "failed" ? -1 : result.gain === 0 ? 0 : logGain(result) / mean,
  }));
}

function logGain({ metric, gain }: Extract<Observation["result"], { kind: "measured" }>): number {
  return placesBetween(metric.scale?.kind ?? "ratio", gain);
}
