import { describe, expect, it } from "vitest";
import { readPairRecords } from "../../../src/core/judging/pair.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

/** One better child, measured on a GPU on which somebody else is seen at certain looks. */
async function pairsWith(isSeen: (look: number) => boolean) {
  const yaml = "sandbox: { gpus: [0] }\nrate_limit: { experiments: none }\n";
  const project = await testProject({ yaml, program: costProgram({ sigma: 0.02 }) });
  const { engine } = project;
  let looks = 0;
  const idea = new IdeaAgent(({ id }) => {
    if (id !== "1.1") return null;
    looks = 0;
    engine.othersOn = (gpu) => (isSeen(looks++) ? `GPU ${gpu} is busy` : null);
    return { write: { "src/cost": "98\n" } };
  });
  await project.withRun(idea, "new", optimize);
  const stored = await project.stored(1);
  const text = (await stored.readNodeFile(parseId("1.1"), "runs.jsonl"))?.toString() ?? "";
  const pairs = readPairRecords(text).records.filter(({ pair }) => pair > 0);
  return { pairs, used: [...engine.gpusUsed].sort() };
}

describe("a GPU", () => {
  it("is given to builds, verify and the benchmark alike", async () => {
    const { used } = await pairsWith(() => false);
    expect(used).toEqual(["benchmark 0", "build 0", "verify 0"]);
  });

  it("on which somebody else was seen before or after a pair has that pair measured again", async () => {
    // Two looks a pair, the warm-up included.
    for (const [look, pair] of [
      [12, 6],
      [13, 6],
    ] as const) {
      const { pairs } = await pairsWith((each) => each === look);
      const disturbed = pairs.filter(({ contamination }) => contamination !== null);
      expect(disturbed.map((each) => [each.pair, each.counts, each.contamination])).toEqual([
        [pair, false, "GPU 0 is busy"],
      ]);
    }
  });
});
