import { describe, expect, it } from "vitest";
import { optimize } from "../../../src/loop/optimize.ts";
import { TurnQueue } from "../../measure/turn-queue.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

const AGENT_MS = 20_000;
const BENCHMARK_MS = 2_000;
const RUN_MINUTES = process.env.LOOPTY_BENCH === undefined ? 6 : 15;

/** Experiments that a run finishes while its time of virtual minutes lasts. Every fourth idea of an agent gains. */
async function finishedOn(machines: number): Promise<number> {
  const names = Array.from({ length: machines - 1 }, (_, i) => `machine-${i + 2}`);
  const project = await testProject({
    program: costProgram({ benchmarkMs: BENCHMARK_MS }),
    others: Object.fromEntries(names.map((name) => [name, {}])),
    newQueue: () => new TurnQueue(),
    yaml: `search: { parallel: ${2 * machines}, max_children: 8 }
budget: { experiments: none, time: ${RUN_MINUTES}m }
rate_limit: { experiments: none }
`,
  });
  const { time } = project.engine;
  let ideas = 0;
  const agent = new IdeaAgent(({ id, parent }) => {
    const cost = parent.metrics.cost ?? 100;
    const write = {
      "src/cost": `${++ideas % 4 === 0 ? cost * 0.99 : cost + 1}\n`,
      "src/note": `from ${id}\n`,
    };
    return { write, before: (_session, signal) => time.sleep(AGENT_MS, signal) };
  });
  return project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    const { nodes } = run.records.store;
    const startMs = time.now().getTime() - time.steadyMs();
    return nodes.filter(
      ({ parent, finishedAt }) =>
        parent !== null &&
        finishedAt !== null &&
        Date.parse(finishedAt) - startMs <= RUN_MINUTES * 60_000,
    ).length;
  });
}

// `node bench/machines.mjs` prints the whole table.
const POOLS = process.env.LOOPTY_BENCH === undefined ? [4] : [2, 4];

describe("a pool of machines", () => {
  it("finishes at least 0.9 n times as many experiments on n machines", {
    timeout: 600_000,
  }, async () => {
    const one = await finishedOn(1);
    const rows = [`| 1 | ${one} | |`];
    for (const machines of POOLS) {
      const finished = await finishedOn(machines);
      rows.push(`| ${machines} | ${finished} | ${(finished / one / machines).toFixed(2)} n |`);
      expect(finished / one).toBeGreaterThanOrEqual(0.9 * machines);
    }
    if (process.env.LOOPTY_BENCH !== undefined) process.stdout.write(`${rows.join("\n")}\n`);
  });
});
