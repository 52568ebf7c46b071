import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReplay } from "../../../src/agent/replay/file.ts";
import { Replay } from "../../../src/agent/replay/replay.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { openTestProject, type TestProject } from "../project.ts";

const EDITS = `
version: 1
edits:
  - { parent: "1", description: learns too little, changes: [{ path: src/loss, content: "200\\n" }] }
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
  let nodes: readonly ExperimentNode[];
  let csv: string;
  beforeAll(async () => {
    project = await openTestProject(FILES);
    const agent = new Replay(parseReplay(EDITS, "edits.yaml"), 2);
    await project.withRun(agent, "new", async (run, signal) => {
      await optimize(run, signal);
      nodes = run.records.store.nodes;
      const content = await run.records.store.readNodeFile(parseId("1.1"), "metrics.csv");
      csv = content?.toString() ?? "";
    });
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  it("is ended within about a second of the row that decided", () => {
    expect(nodes.find(({ id }) => id === "1.1")?.verdict).toBe("stopped_early");
    const rows = csv.trimEnd().split("\n").slice(1);
    expect(rows[29]).toBe("30,6666");
    // Half a second each.
    expect(rows.length).toBeLessThan(35);
  });
});
