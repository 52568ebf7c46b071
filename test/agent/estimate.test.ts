import { expect, it } from "vitest";
import { estimateRun } from "../../src/agent/estimate.ts";

const NODE = { tokens: 40_000, costUsd: 0.5 };
const NO_LIMIT = { tokens: null, experiments: null, costUsd: null };

it("estimates a run by whatever of its budget ends first", () => {
  const run = (limits: Partial<Record<keyof typeof NO_LIMIT, number>>) =>
    estimateRun(NODE, { ...NO_LIMIT, ...limits });
  expect(run({ tokens: 1_000_000, experiments: 50 })).toEqual({
    experiments: 25,
    tokens: 1_000_000,
    costUsd: 12.5,
  });
  expect(run({ tokens: 9_000_000, experiments: 50 })?.experiments).toBe(50);
  expect(run({ costUsd: 3.2 })?.experiments).toBe(6);
  expect(run({})).toBeNull();
  expect(
    estimateRun({ ...NODE, costUsd: null }, { ...NO_LIMIT, experiments: 2 })?.costUsd,
  ).toBeNull();
});
