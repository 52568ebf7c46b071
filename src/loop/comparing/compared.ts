import { withDisturbed } from "../../core/judging/busy-machine.ts";
import { compare, logGains } from "../../core/judging/comparison.ts";
import {
  isSuspicious,
  type UnseenClaim,
  unseenClaims,
  unseenText,
} from "../../core/judging/doubt.ts";
import { hodgesLehmann } from "../../core/statistics/signed-rank.ts";
import type { Evidence } from "../../core/tree/evidence.ts";
import type { Comparison, ExperimentNode } from "../../core/tree/node.ts";
import type { MeasuredVerdict, Verdict } from "../../core/tree/verdict.ts";
import { baselineOn } from "../../store/machine-record.ts";
import type { Run } from "../run/run.ts";
import type { FailedStep } from "./build-and-verify.ts";
import type { JudgedPairs } from "./in-pairs.ts";

/** One run alone may be late for any reason. */
const FEWEST_TO_DOUBT = 2;

/** What the pairs with the parent decided. */
export interface Compared {
  readonly kind: "compared";
  readonly verdict: Extract<Verdict, MeasuredVerdict | "confirmed">;
  readonly reason: string;
  readonly comparison: Comparison;
  readonly evidence: Evidence;
  readonly unverified: boolean;
  /** Whether the gain is too good, or was not seen by the harness. The reason says which. */
  readonly suspicious: boolean;
  readonly unseen: readonly UnseenClaim[];
  /** Gains by metric name, in log units. */
  readonly logGains: Readonly<Record<string, number>>;
}

/** What building, verifying and benchmarking a node decided. */
export type Measurement = (FailedStep | Compared) & {
  /** Of what the build made, where that is known. */
  readonly outputDigest?: string | null;
};

/** A judged outcome in the words of a record. */
export function comparedOf(
  run: Run,
  { decision, pairs, counted }: JudgedPairs,
  parent: ExperimentNode,
): Compared {
  const { metrics, rowRule } = baselineOn(run.records.store.record, run.lab.machine);
  const comparison = withDisturbed(compare(metrics, pairs, parent.id), counted);
  const { verdict, reason, evidence, unverified } = decision;
  const isEarly = evidence.rule === "screen" || evidence.rule === "exact";
  const fewest = isEarly ? Math.max(FEWEST_TO_DOUBT, counted.length) : undefined;
  const unseen = unseenClaims(metrics, counted, rowRule, fewest);
  const { suspiciousFactor } = run.problem.config.metrics;
  const tooGood = isSuspicious(comparison, suspiciousFactor);
  const doubts = [
    ...(tooGood ? [`suspicious, as it is more than ${suspiciousFactor}x in one step`] : []),
    ...unseen.map((claim) => `suspicious, as ${unseenText(claim)}`),
  ];
  return {
    kind: "compared",
    verdict,
    reason: [reason, ...doubts].join("; "),
    comparison,
    evidence,
    unverified,
    suspicious: doubts.length > 0,
    unseen,
    logGains: Object.fromEntries(
      metrics.map((metric, i) => [metric.name, hodgesLehmann(logGains(metric, i, pairs))]),
    ),
  };
}
