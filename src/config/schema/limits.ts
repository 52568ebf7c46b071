import { z } from "zod";
import { amountOrNone, countOrNone, durationOrNone, rateOrNone, timeout } from "./field.ts";

export const budgetSchema = z
  .strictObject({
    tokens: countOrNone()
      .prefault("2_000_000")
      .describe("tokens of all agents: input + cache writes + output"),
    experiments: countOrNone().prefault(50).describe("experiments, the baseline not counted"),
    usd: amountOrNone().prefault("none").describe("US dollars, for models whose price is known"),
    time: durationOrNone().prefault("none").describe("wall-clock time of the run"),
    until: z
      .record(z.string(), z.number())
      .refine((goals) => Object.keys(goals).length > 0, { error: "must name at least one metric" })
      .optional()
      .meta({ quantity: "metric: number" })
      .describe("goals: the run ends once a node's metrics are all at least this good"),
  })
  .transform(({ tokens, experiments, usd, time, until }) => ({
    tokens,
    experiments,
    costUsd: usd,
    timeMs: time,
    until: until ?? null,
  }));

export const rateLimitSchema = z.strictObject({
  experiments: rateOrNone().prefault("30/h").describe("how fast experiments may start"),
  requests: rateOrNone().prefault("50/m").describe("how fast requests may go to the model's API"),
});

export const timeoutsSchema = z
  .strictObject({
    setup: timeout().prefault("20m").describe("`sandbox.setup`"),
    build: timeout().prefault("5m").describe("`commands.build`"),
    verify: timeout().prefault("5m").describe("`commands.verify`"),
    benchmark: timeout().prefault("5m").describe("one run of `commands.benchmark`"),
    agent: timeout().prefault("20m").describe("all of the agent's work on one node"),
  })
  .transform(({ setup, build, verify, benchmark, agent }) => ({
    setupMs: setup,
    buildMs: build,
    verifyMs: verify,
    benchmarkMs: benchmark,
    agentMs: agent,
  }));
