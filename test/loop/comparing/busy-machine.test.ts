import { describe, expect, it } from "vitest";
import { resultLines } from "../../../src/cli/terminal/result-text.ts";
import { nodeEntry } from "../../../src/core/prompt/node-entry.ts";
import { nodeLines } from "../../../src/core/views/node.ts";
import { treeLines } from "../../../src/core/views/tree.ts";
import { measureResult } from "../../../src/loop/comparing/result.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import {
  type CostProgramOptions,
  costProgram,
  type FakeProgram,
} from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

/** A run with two gains whose benchmark waits for a cpu for this much of its second. */
async function grown(waitedMs: number, options: CostProgramOptions) {
  const own = costProgram(options);
  const program: FakeProgram = {
    ...own,
    benchmark: (files, random) => ({ ...own.benchmark(files, random), waitedMs }),
  };
  const project = await testProject({ program, yaml: "budget: { experiments: 2 }\n" });
  const agent = new IdeaAgent(({ id, parent }) =>
    id === "1.1" || parent.id === "1.1"
      ? { write: { "src/cost": id === "1.1" ? "80\n" : "60\n" } }
      : null,
  );
  const result = await project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    return measureResult(run, signal);
  });
  const { nodes, record } = await project.stored(1);
  const warnings = project.events.flatMap((event) =>
    event.type === "warning" ? [event.message] : [],
  );
  return { result, nodes, metrics: record.baseline?.metrics ?? [], warnings };
}

describe("a busy machine", () => {
  it("is told at the calibration and once more, and marks what was found on it", async () => {
    const { result, nodes, metrics, warnings } = await grown(700, { sigma: 0.01 });
    expect(warnings.filter((text) => text.includes("busy machine"))).toEqual([
      "verdicts are reached on a busy machine: 10 of 10 pairs were disturbed (a run waited for a cpu for 70.0 % of its time); end other work there, give the benchmark cpus of its own (sandbox.measure_cpus), or let cpu_ms decide (metrics.select)",
      expect.stringMatching(
        /^verdicts are reached on a busy machine: \d+ of \d+ pairs were disturbed /,
      ),
    ]);
    const node = nodes.find(({ id }) => id === "1.1");
    if (node === undefined || result === null) throw new Error("1.1 gained");
    const tree = treeLines(nodes, {
      metrics,
      champion: null,
      width: 200,
      foldable: new Set(),
    } as never);
    expect(JSON.stringify(tree)).toContain("[busy machine] src/cost: 80");
    expect(nodeLines(node, { metrics, champion: null }).join("\n")).toMatch(
      /; measured on a busy machine: \d+ of \d+ pairs were disturbed/,
    );
    expect(nodeEntry(node, metrics).levels.at(-1)).toMatch(/\n {2}measured on a busy machine: /);
    expect(resultLines({ ...result, champion: result.champion.id }, metrics)[0]).toMatch(
      /, on a busy machine: \d+ of 20 pairs were disturbed:$/,
    );
  });

  it("is no matter where others take less than half of the time, or nothing varies", async () => {
    const light = await grown(400, { sigma: 0.01 });
    expect(light.warnings.join()).not.toContain("busy machine");
    expect(light.nodes.map(({ comparison }) => comparison?.disturbed)).toEqual(
      light.nodes.map(() => undefined),
    );
    const exact = await grown(700, {});
    expect(exact.warnings.join()).not.toContain("busy machine");
  });
});
