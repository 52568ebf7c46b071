import { z } from "zod";
import { timeout } from "./schema/field.ts";

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
