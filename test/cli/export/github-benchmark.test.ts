import { describe, expect, it } from "vitest";
import { exportGithubBenchmark } from "../../../src/cli/export/github-benchmark.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { fakeWorld } from "../fake-world.ts";
import { reportedNodes, reportedResult } from "../reported-run.ts";
import { storeRun } from "../stored-run.ts";

describe("export --github-benchmark", () => {
  it("has the champion's fresh values, of one direction as the action's tools are", async () => {
    const world = fakeWorld(scratchFolder());
    await storeRun(world, reportedNodes(), { result: reportedResult() });
    expect(await exportGithubBenchmark(world, { githubBenchmark: "smaller" })).toBe(0);
    expect(world.stdout.json).toEqual([
      {
        name: "time_ms",
        unit: "ms",
        value: reportedResult().comparison.metrics[0]?.value,
        extra: "loopty node 1.1.1, 4.37x faster against 1 in 20 pairs",
      },
    ]);
    const other = fakeWorld(world.cwd);
    await exportGithubBenchmark(other, { id: "1", githubBenchmark: "bigger" });
    expect(other.stdout.json).toEqual([]);
  });

  it("has the baseline's values where nothing gained", async () => {
    const world = fakeWorld(scratchFolder());
    await storeRun(world, [{ id: "1", fields: { metrics: { time_ms: 7 } } }]);
    await exportGithubBenchmark(world, { githubBenchmark: "smaller" });
    expect(world.stdout.json).toEqual([
      { name: "time_ms", unit: "ms", value: 7, extra: "loopty node 1" },
    ]);
  });
});
