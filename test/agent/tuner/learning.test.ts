import { describe, expect, it } from "vitest";
import { Tuner } from "../../../src/agent/tuner/tuner.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { SimulatedRun } from "../simulated-run.ts";
import { FILE, fileOf, parametersOf } from "./tuned-file.ts";

describe("Tuner, learning", () => {
  // 120 points; the cost is a product of one factor per parameter, best at A=4, B=2, C=5.
  const parameters = parametersOf(5, 4, 6);
  const factors = [
    [1, 0.9, 0.8, 0.6, 0.7],
    [1, 0.7, 0.95, 1.2],
    [1, 1.1, 1.05, 0.9, 0.5, 1.3],
  ];
  const costOf = (files: Readonly<Record<string, string>>) => {
    const values = [...(files[FILE] ?? "").matchAll(/ (\d+)$/gm)].map(([, value]) => Number(value));
    return factors.reduce((cost, costs, i) => cost * (costs[(values[i] ?? 0) - 1] ?? 1), 1);
  };
  const bestCost = 0.6 * 0.7 * 0.5;

  /** How many nodes it takes to reach the best point. */
  async function nodesToBest(
    seed: number,
    parentOf: (run: SimulatedRun) => ExperimentNode,
  ): Promise<number> {
    const run = new SimulatedRun({ [FILE]: fileOf(parameters, [1, 1, 1]) }, costOf);
    const tuner = new Tuner(parameters, seed);
    while (run.costOf(run.best()) > bestCost + 1e-9) await run.grow(tuner, parentOf(run));
    return run.nodes.length - 1;
  }

  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

  it("finds the best of 120 points within 25 nodes from the best parents", async () => {
    for (const seed of seeds) {
      const nodes = await nodesToBest(seed, (run) => run.best());
      expect(nodes, `seed ${seed}`).toBeLessThanOrEqual(25);
    }
  });

  // Blind order takes 60 of 120 on average, and the tuner with equal weights 71: climbing is no help here.
  it("needs fewer than 30 nodes on average where parents are drawn at random", async () => {
    let total = 0;
    for (const seed of seeds) {
      const random = seeded(seed);
      total += await nodesToBest(seed, (run) => random.pick(run.nodes));
    }
    expect(total / seeds.length).toBeLessThan(30);
  });
});
