import { z } from "zod";

/**
 * The rule that found something. exact: values without noise, compared as they are · proof: signed-rank test at a look
 * · screen: the first two pairs are beyond the noise · test: the signed-rank test that the child is worse · estimate:
 * too few pairs for a test, so the estimate is compared with the known noise.
 */
const findingSchema = z.strictObject({
  rule: z.enum(["exact", "proof", "screen", "test", "estimate"]),
  /** Which look, from 1; `null` outside looks. */
  look: z.int().positive().nullable(),
  /** The nominal one-sided level that p was compared with; `null` without a test. */
  level: z.number().nullable(),
  p: z.number().nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

/** How the child stood when judging stopped, on one metric or on the weighted score. */
const recordedStandingSchema = z.strictObject({
  of: z.string(),
  /** exact: values without noise, compared as they are · noisy: tested. */
  kind: z.enum(["exact", "noisy"]),
  /** Whether it can win. If not, it only guards: it can stand in the way of a gain. */
  canWin: z.boolean(),
  /** The estimate and its interval, as for the evidence. */
  gain: z.number(),
  gainLow: z.number(),
  gainHigh: z.number(),
  confidence: z.number(),
  /** One-sided signed-rank p of "better", of all pairs; `null` where the metric is exact. */
  p: z.number().nullable(),
  /** How much worse still counts as equal, as a ratio. */
  margin: z.number().nonnegative(),
  /** Proven not to be worse by more than the margin. */
  notWorse: z.boolean(),
});
export type RecordedStanding = z.infer<typeof recordedStandingSchema>;

/** Why judging stopped where it did, with enough to check the verdict by hand against runs.jsonl. */
export const evidenceSchema = z.strictObject({
  ...findingSchema.shape,
  /** Rules besides those of a finding: tie and futile (no gain to hope for), given_up (others are worth more pairs), used_up (undecided after the last pair). */
  rule: z.enum([...findingSchema.shape.rule.options, "tie", "futile", "given_up", "used_up"]),
  pairs: z.int().positive(),
  /** The most pairs that there could have been. */
  maxPairs: z.int().positive(),
  /** The gain below which the median of the pairs ended it, as a ratio (`search.effort`); `null` where none did. */
  giveUpBelow: z.number().nullable().default(null),
  /** The numbers of pairs after which a gain could have been proven. */
  looks: z.array(z.int()),
  /** The metric, or the weighted score, that the numbers below belong to: the one that decided, else the first. */
  of: z.string(),
  /** Hodges-Lehmann estimate as a ratio (0.12 is 12 % better), and its Walsh interval. */
  gain: z.number(),
  gainLow: z.number(),
  gainHigh: z.number(),
  /** Confidence of the interval for this number of pairs alone, not corrected for the looks before. */
  confidence: z.number(),
  /** All criteria that were weighed, in order of priority; empty in old records. */
  standings: z.array(recordedStandingSchema).default([]),
});
export type Evidence = z.infer<typeof evidenceSchema>;
