import { formatPercent } from "../text/number.ts";
import type { MeasuredPair, RunValues } from "./pair.ts";

/** What was done to a run from outside, and nothing that the run measured itself. */
export type Disturbance = Pick<
  RunValues,
  "wallMs" | "cpuMs" | "stealMs" | "pressureMs" | "throttledPeriods" | "throttledMs"
>;

/** More than the noise of a pair on most machines, and less than on any machine where work is stolen all the time. */
const MOST_STOLEN = 0.1;
/** Others had more of the cpus than the run had. Less is the noise that the test is for. */
const MOST_WAITED = 0.5;
/** The kernel counts steal in whole ticks (USER_HZ is 100 on every architecture that Docker runs on). */
const TICK_MS = 10;
/** A share of all pairs of a comparison, the warm-up aside. */
const MOST_DISCARDED = 0.2;

/**
 * What contaminated a pair, or `null`: a run was throttled, more than a tenth of it was stolen, or it waited for a cpu most of its
 * time. The rule is the same for both runs and sees no metric that the benchmark writes. Under "no difference" a discarded pair is therefore as likely to be good for the
 * child as bad, and the test stays exact. A rule that looked at the gain would not do: measuring again whatever looks
 * bad for the child finds a gain in 8.8 % of the children that changed nothing, instead of 5 %.
 */
export function contaminationOf(one: Disturbance, other: Disturbance): string | null {
  const throttled = Math.max(one.throttledPeriods ?? 0, other.throttledPeriods ?? 0);
  const throttledMs = Math.max(one.throttledMs ?? 0, other.throttledMs ?? 0);
  if (throttled > 0 || throttledMs > 0) {
    return `a quota kept a run off its CPUs for ${Math.round(throttledMs)} ms`;
  }
  const stolen = Math.max(stolenShare(one), stolenShare(other));
  if (stolen > MOST_STOLEN) {
    return `the hypervisor gave ${formatPercent(stolen)} of a run's time to others`;
  }
  const waited = Math.max(waitedShare(one), waitedShare(other));
  if (waited <= MOST_WAITED) return null;
  return `a run waited for a cpu for ${formatPercent(waited)} of its time`;
}

/** Whether one more of these pairs, all of one comparison, may be discarded. At most a fifth of them may. */
export function mayDiscard(measured: readonly Pick<MeasuredPair, "pair" | "counts">[]): boolean {
  const pairs = measured.filter(({ pair }) => pair > 0);
  const discarded = pairs.filter(({ counts }) => !counts).length;
  return discarded + 1 <= MOST_DISCARDED * (pairs.length + 1);
}

/** The least time of the run on its CPUs: its wall time. It has more where it used several CPUs at once. */
function stolenShare({ wallMs, cpuMs, stealMs }: Disturbance): number {
  const timeMs = Math.max(wallMs, cpuMs ?? 0);
  if (stealMs === null || timeMs === 0) return 0;
  return Math.max(0, stealMs - TICK_MS) / timeMs;
}

/**
 * The share of its time in which it waited and nothing of it ran. Where its own threads wait for each other, one of them runs; where it
 * sleeps, none waits. Unknown where the kernel counts no pressure, and 0 where it had several CPUs at once.
 */
function waitedShare({ wallMs, cpuMs, pressureMs }: Disturbance): number {
  if (cpuMs === null || pressureMs === null || wallMs === 0) return 0;
  return Math.max(0, Math.min(pressureMs, wallMs - cpuMs)) / wallMs;
}
