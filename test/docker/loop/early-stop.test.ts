import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReplay } from "../../../src/agent/replay/file.ts";
import { Replay } from "../../../src/agent/replay/replay.ts";
import { readPairRecords } from "../../../src/core/judging/pair.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import type { RunRecord } from "../../../src/store/run-record.ts";
import { openTestProject, type TestProject } from "../project.ts";

const EDITS = `
version: 1
edits:
  - { parent: "1", description: learns too little, changes: [{ path: src/loss, content: "200\\n" }] }
  - { parent: "1", description: prints half of it, changes: [{ path: src/rows, content: "20\\n" }] }
  - { parent: "1", description: learns a little less, changes: [{ path: src/loss, content: "101\\n" }] }
`;

/** 40 rows of a loss that falls. Where it is the worst, the last ten take half a second each. */
const BENCH = `loss=$(cat src/loss) rows=$(cat src/rows) i=1
echo 'iteration,loss (lower is better)' > "$LOOPTY_METRICS"
while [ $i -le $rows ]; do
  echo "$i,$(( loss * 1000 / i ))" >> "$LOOPTY_METRICS"
  [ $loss -lt 200 ] || [ $i -lt 30 ] || sleep 0.5
  i=$((i + 1))
done
`;

const FILES = {
  "loopty.yaml": `
name: early-${crypto.randomUUID().slice(0, 8)}
statement: learn
access: { writable: [src/] }
sandbox: { memory: 256m, pids: 64, disk: 64m }
commands: { benchmark: sh bench.sh }
agent: { kind: replay, from: edits.yaml }
budget: { experiments: 5 }
rate_limit: { experiments: none }
`,
  "edits.yaml": EDITS,
  "src/loss": "100\n",
  "src/rows": "40\n",
  "bench.sh": BENCH,
};

describe("a benchmark whose rows are a series", () => {
  let project: TestProject;
  let record: RunRecord;
  let nodes: readonly ExperimentNode[];
  const files = new Map<string, string>();
  beforeAll(async () => {
    project = await openTestProject(FILES);
    const agent = new Replay(parseReplay(EDITS, "edits.yaml"), 2);
    await project.withRun(agent, "new", async (run, signal) => {
      await optimize(run, signal);
      ({ record, nodes } = run.records.store);
      for (const { id } of nodes) {
        for (const name of ["metrics.csv", "runs.jsonl"] as const) {
          const content = await run.records.store.readNodeFile(id, name);
          files.set(`${id}/${name}`, content?.toString() ?? "");
        }
      }
    });
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  it("is found to be one once, from the baseline, and so it is told", () => {
    expect(record.baseline?.rowRule).toEqual({
      kinds: ["series"],
      warmupRows: 0,
      fixedRows: true,
      fewestRows: null,
      streamNoise: 0,
      addsUp: [true],
    });
    expect(record.baseline?.aggregates).toEqual(["lastMean"]);
    const told = project.events.find(({ type }) => type === "calibration_finished");
    expect(told).toMatchObject({
      text: [
        expect.stringContaining("loss is exact"),
        "loss: the rows of a run are a series over the iterations, of which the mean of the last tenth counts.",
      ],
    });
  });

  it("is ended where it is hopeless, which is the verdict, with the row that decided", () => {
    const node = nodes.find(({ id }) => id === "1.1");
    expect(node).toMatchObject({ verdict: "stopped_early", comparison: null, metrics: {} });
    expect(node?.reason).toMatch(
      /^stopped at iteration 30 of 40: loss 6666, where 1 had 3333; 50\.0 % worse over the last 4 rows, /,
    );
    const rows = files.get("1.1/metrics.csv")?.trimEnd().split("\n").slice(1) ?? [];
    expect(rows[29]).toBe("30,6666");
    // Half a second each: it was ended within about a second of the row.
    expect(rows.length).toBeLessThan(35);
    // In the very first pair, in which the parent comes first.
    expect(files.get("1.1/runs.jsonl")).toBe("");
  });

  it("must have all rows of its parent", () => {
    expect(nodes.find(({ id }) => id === "1.2")).toMatchObject({
      verdict: "metrics_invalid",
      reason: "the benchmark printed no row for iteration 21, as its parent's did",
    });
  });

  it("goes to its end where it is not hopeless", () => {
    const node = nodes.find(({ id }) => id === "1.3");
    expect(node).toMatchObject({ verdict: "worse", metrics: { loss: 2625 } });
    const pairs = readPairRecords(files.get("1.3/runs.jsonl") ?? "");
    expect(pairs[0]).toMatchObject({ pair: 0, order: "parent_first", purpose: "judge" });
    expect(pairs.map(({ child }) => child.rows)).toEqual([40, 40]);
  });
});
