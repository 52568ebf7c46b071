import { describe, expect, it } from "vitest";
import { readPairRecords } from "../../../src/core/judging/pair.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { costProgram, type Texts } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { type Idea, IdeaAgent } from "../idea-agent.ts";

const IDEAS: Readonly<Record<string, Idea>> = {
  "1.1": { write: { "src/loss": "200\n" } },
  "1.2": { write: { "src/rows": "20\n" } },
  "1.3": { write: { "src/loss": "101\n" } },
};

/** Rows of a loss that falls. */
function series(files: Texts): string[] {
  const loss = Number(files["src/loss"]);
  const rows = Array.from(
    { length: Number(files["src/rows"]) },
    (_, index) => `${index + 1},${Math.floor((loss * 1000) / (index + 1))}\n`,
  );
  return ["iteration,loss (lower is better)\n", ...rows];
}

async function grown() {
  const program = costProgram();
  const project = await testProject({
    files: { "src/loss": "100\n", "src/rows": "40\n" },
    program: {
      ...program,
      benchmark: (files, random) => ({ ...program.benchmark(files, random), rows: series(files) }),
    },
  });
  await project.withRun(new IdeaAgent(({ id }) => IDEAS[id] ?? null), "new", optimize);
  const stored = await project.stored(1);
  const pairsOf = async (id: string) =>
    readPairRecords((await stored.readNodeFile(parseId(id), "runs.jsonl"))?.toString() ?? "")
      .records;
  return { project, record: stored.record, nodes: stored.nodes, pairsOf };
}

describe("a benchmark whose rows are a series", () => {
  it("is found to be one from the baseline, and so it is told", async () => {
    const { project, record } = await grown();
    expect(record.baseline?.rowRule).toEqual({
      kinds: ["series"],
      warmupRows: 0,
      fixedRows: true,
      streamNoise: 0,
      fewestRows: null,
      addsUp: [],
    });
    expect(record.baseline?.aggregates).toEqual(["lastMean"]);
    expect(project.events.find(({ type }) => type === "calibration_finished")).toMatchObject({
      text: [
        expect.stringContaining("loss is exact"),
        "loss: the rows of a run are a series over the iterations, of which the mean of the last tenth counts.",
      ],
    });
  });

  it("is ended where it is hopeless, lacks rows of its parent, or goes to its end", async () => {
    const { nodes, pairsOf } = await grown();
    const [, hopeless, short, slower] = nodes;
    expect(hopeless).toMatchObject({
      ...{ id: "1.1", verdict: "stopped_early", comparison: null, metrics: {} },
      reason: expect.stringMatching(
        /^stopped at iteration 30 of 40: loss 6666, where 1 had 3333; 2\.00x worse over the last 4 rows, /,
      ),
    });
    // It was ended in the very first pair.
    expect(await pairsOf("1.1")).toEqual([]);
    expect(short).toMatchObject({
      ...{ id: "1.2", verdict: "metrics_invalid" },
      reason: "the benchmark printed no row for iteration 21, as its parent's did",
    });
    expect(slower).toMatchObject({ id: "1.3", verdict: "worse", metrics: { loss: 2625 } });
    const pairs = await pairsOf("1.3");
    expect(pairs.map(({ child }) => child.rows)).toEqual([40]);
    expect(pairs[0]).toMatchObject({ pair: 1, purpose: "judge", counts: true });
  });
});
