import { expect, it } from "vitest";
import { estimateNode, estimateRun } from "../../src/agent/estimate.ts";
import { parseConfig } from "../../src/config/load.ts";

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

/** An agent of models at one price each for every kind of token, in dollars a million. */
function agentOf(yaml: string) {
  const price = (usd: number) =>
    `{ input: ${usd}, cache_write: ${usd}, cache_read: ${usd}, output: ${usd} }`;
  return parseConfig(`name: x
statement: y
access: { writable: [a.c] }
commands: { benchmark: ./b }
agent: { kind: claude, ${yaml}, prices: { cheap: ${price(1)}, strong: ${price(11)} } }
`).agent;
}

it("estimates a node by its prompt and the turns that it is read in", () => {
  expect(estimateNode(agentOf("model: cheap"), 3_000)).toEqual({ tokens: 41_800, costUsd: 0.2122 });
  expect(estimateNode(agentOf("model: unheard-of"), 3_000)).toEqual({
    tokens: 41_800,
    costUsd: null,
  });
});

it("estimates the mean node of several models by their shares", () => {
  const estimate = (models: string) => estimateNode(agentOf(`models: ${models}`), 3_000)?.costUsd;
  expect(estimate("{ cheap: 0.7, strong: 0.3 }")).toBeCloseTo(4 * 0.2122, 12);
  expect(estimate("{ cheap: 7, strong: 3 }")).toBeCloseTo(4 * 0.2122, 12);
  expect(estimate("{ cheap: 0.7, unheard-of: 0.3 }")).toBeNull();
});
