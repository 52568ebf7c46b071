import { describe, expect, it } from "vitest";
import { resultLines } from "../../../src/cli/terminal/result-text.ts";
import { readPairRecords } from "../../../src/core/judging/pair.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { measureResult } from "../../../src/loop/comparing/result.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { costProgram, type FakeProgram, HEADER } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { type Idea, IdeaAgent } from "../idea-agent.ts";

const COST = readHeader("cost lower is better");
const costs = (cost: number): Idea => ({ write: { "src/cost": `${cost}\n` } });

/** `cost` is what the n-th run of the benchmark prints, from 1, of the number in its file. */
async function grown(cost: (exact: number, run: number) => number, ideas: readonly Idea[]) {
  let runs = 0;
  const own = costProgram();
  const program: FakeProgram = {
    ...own,
    benchmark: (files, random) => {
      runs++;
      const exact = Number(files["src/cost"]);
      return { ...own.benchmark(files, random), rows: [HEADER, `1,${cost(exact, runs)}\n`] };
    },
  };
  const project = await testProject({ program });
  const agent = new IdeaAgent(({ id }) => ideas[["1.1", "1.2", "1.3"].indexOf(id)] ?? null);
  const result = await project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    return measureResult(run, signal);
  });
  const stored = await project.stored(1);
  const pairsOf = async (id: string) =>
    readPairRecords(
      (await stored.readNodeFile(parseId(id), "runs.jsonl"))?.toString() ?? "",
    ).records.map(({ purpose, pair }) => `${purpose} ${pair}`);
  const { baseline } = stored.record;
  return {
    runs,
    result,
    pairsOf,
    calibration: baseline?.calibration,
    nodes: stored.nodes,
    project,
  };
}

describe("a benchmark that never varies", () => {
  const exact = (cost: number) => cost;

  it("costs three runs for the baseline, and per child one pair to lose or two to win", async () => {
    const { runs, pairsOf, calibration, nodes, project } = await grown(exact, [
      costs(110),
      { write: { "src/note": "1\n" } },
      costs(80),
    ]);
    expect(calibration).toEqual({
      pairs: 0,
      agreeingRuns: 3,
      metrics: [{ kind: "exact", name: "cost", value: 100 }],
    });
    expect(project.events).toContainEqual(
      expect.objectContaining({
        type: "calibration_finished",
        text: ["cost is exact: all 3 runs of the baseline gave 100, so any difference counts."],
      }),
    );
    expect(nodes.map(({ verdict }) => verdict)).toEqual([null, "worse", "tie", "confirmed"]);
    expect(await pairsOf("1")).toEqual([]);
    expect(await pairsOf("1.1")).toEqual(["judge 1"]);
    expect(await pairsOf("1.3")).toEqual([
      "judge 1",
      "judge 2",
      "confirm 1",
      "result 1",
      "result 2",
    ]);
    expect(runs).toBe(3 + 2 + 2 + 4 + 2 + 4);
  });

  it("has a result without an interval", async () => {
    const { result } = await grown(exact, [costs(80)]);
    if (result === null) throw new Error("there is no result");
    const { champion, comparison } = result;
    expect(resultLines({ champion: champion.id, comparison }, [COST])).toEqual([
      "champion 1.1 against 1, 2 fresh pairs:",
      "  cost -20.0 % (the same in all 4 runs)",
    ]);
    expect(champion.reason).toBe("cost 100 to 80, -20.0 % (the same in all 6 runs)");
  });
});

describe("a metric that falls to nothing", () => {
  it("makes a better champion than one that falls by a factor", async () => {
    const { result, nodes } = await grown((cost) => cost, [costs(10), costs(0)]);
    expect(nodes.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([
      ["1", null, "the root of the tree"],
      [
        "1.1",
        "confirmed",
        "cost 100 to 10, 10.0x better (the same in all 4 runs); suspicious, as it is more than 3x in one step",
      ],
      [
        "1.2",
        "confirmed",
        "cost 100 to 0 (the same in all 4 runs); suspicious, as it is more than 3x in one step",
      ],
    ]);
    expect(result?.champion.id).toBe("1.2");
  });
});

describe("a metric that three runs agreed on and that varies after all", () => {
  /** The first three runs agree, and later ones differ by up to 4 %. */
  const varying = (cost: number, run: number) => cost + (run <= 3 ? 0 : (run * 7) % 5);

  it("is calibrated by all pairs, once, and noisy from then on", async () => {
    const { pairsOf, calibration, nodes } = await grown(varying, [costs(200), costs(50)]);
    expect(calibration).toMatchObject({ pairs: 10, agreeingRuns: 0, metrics: [{ kind: "noisy" }] });
    const calibrating = Array.from({ length: 11 }, (_, pair) => `calibrate ${pair}`);
    expect(await pairsOf("1")).toEqual(calibrating);
    expect(nodes.map(({ verdict }) => verdict)).toEqual([null, "worse", "confirmed"]);
    expect(await pairsOf("1.2")).toEqual([
      ...Array.from({ length: 3 }, (_, pair) => `judge ${pair}`),
      ...Array.from({ length: 10 }, (_, pair) => `confirm ${pair}`),
      ...Array.from({ length: 21 }, (_, pair) => `result ${pair}`),
    ]);
  });

  it("confirms no gain that fresh pairs show otherwise", async () => {
    // Exact for the baseline and the verdict, and the child's runs are as slow as its parent's from then on.
    const slowing = (cost: number, run: number) => (run <= 7 ? cost : 100);
    const { nodes, calibration } = await grown(slowing, [costs(50)]);
    expect(nodes[1]?.verdict).toBe("no_gain");
    expect(calibration).toMatchObject({ pairs: 10, metrics: [{ kind: "exact" }] });
  });
});
