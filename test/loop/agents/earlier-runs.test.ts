import { describe, expect, it } from "vitest";
import { earlierRuns } from "../../../src/loop/agents/earlier-runs.ts";
import { openProject } from "../../../src/store/project.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { storeRun } from "../../cli/stored-run.ts";
import { scratchFolder } from "../../store/scratch.ts";

const CONFIG = {
  statement: "Make it faster.",
  commands: { build: null, verify: "make test", benchmark: "./bench" },
  access: { writable: ["src/"], readable: [], hidden: [], default: "readable" },
  metrics: { weights: { time_ms: 2 }, minEffectRatio: 0 },
};

describe("the runs before one", () => {
  it("come with their nodes and what decided in them, without those that cannot be read", async () => {
    const world = fakeWorld(scratchFolder());
    await storeRun(world, [{ id: "1" }, { id: "1.1" }], {}, { config: CONFIG });
    await storeRun(world, [{ id: "2" }], {}, { config: { statement: 5 } });
    await storeRun(world, [], { baseline: null }, { config: CONFIG });
    await storeRun(world, [{ id: "4" }], {}, { config: CONFIG });
    await storeRun(world, [{ id: "5" }], {}, { config: CONFIG });
    const runs = await earlierRuns(await openProject(world.cwd, world), 5);
    expect(runs.map(({ run }) => run)).toEqual([1, 4]);
    const { statement, commands, access } = CONFIG;
    const { weights } = CONFIG.metrics;
    expect(runs[0]).toMatchObject({ statement, commands, access, weights });
    expect(runs[0]?.nodes.map(({ id }) => id)).toEqual(["1", "1.1"]);
  });
});
