import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReplay } from "../../../src/agent/replay/file.ts";
import { Replay } from "../../../src/agent/replay/replay.ts";
import { type PairRecord, readPairRecords } from "../../../src/core/judging/pair.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { openTestProject, type TestProject } from "../project.ts";

const EDITS = `
version: 1
edits:
  - { parent: "1", description: prints half, changes: [{ path: src/printed, content: "50\\n" }] }
`;

const FILES = {
  "loopty.yaml": `
name: suspicion-${crypto.randomUUID().slice(0, 8)}
statement: make it fast
access: { writable: [src/] }
sandbox: { memory: 256m, pids: 64, disk: 64m }
commands: { benchmark: sh bench.sh }
agent: { kind: replay, from: edits.yaml }
budget: { experiments: 5 }
rate_limit: { experiments: none }
`,
  "edits.yaml": EDITS,
  "src/printed": "100\n",
  "bench.sh": `echo 'iteration,time_us (lower is better)' > "$LOOPTY_METRICS"
start=$(date +%s%N)
sleep 0.4
took=$(( ($(date +%s%N) - start) / 1000 ))
echo "1,$(( took * $(cat src/printed) / 100 ))" >> "$LOOPTY_METRICS"
`,
};

describe("a benchmark that prints half the time that it took", () => {
  let project: TestProject;
  let liar: ExperimentNode | undefined;
  let pairs: readonly PairRecord[];
  beforeAll(async () => {
    project = await openTestProject(FILES);
    const agent = new Replay(parseReplay(EDITS, "edits.yaml"), 2);
    await project.withRun(agent, "new", async (run, signal) => {
      await optimize(run, signal);
      [, liar] = run.records.store.nodes;
      const lines = liar && (await run.records.store.readNodeFile(liar.id, "runs.jsonl"));
      pairs = readPairRecords(lines?.toString() ?? "");
    });
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  const DOUBT =
    /; suspicious, as its runs say that they took \d+ ms less \(time_us\), but took \d+ ms (less|more)(, and \d+ ms (less|more) of CPU time)?$/;

  it("is found by the statistics, which judge what is printed, and told as suspicious", () => {
    const finished = project.events.find(
      (event) => event.type === "node_finished" && event.id === liar?.id,
    );
    expect(finished).toMatchObject({ verdict: "improved", reason: expect.stringMatching(DOUBT) });
    expect(liar?.suspicious).toBe(true);
  });

  it("is measured again before anything is built on it, and not confirmed by printing it again", () => {
    expect(liar).toMatchObject({ id: "1.1", verdict: "inconclusive" });
    expect(liar?.reason).toMatch(/^its gain is only in what it prints: time_us .* better /);
    expect(liar?.reason).toMatch(DOUBT);
    // Nor is it ranked by it.
    expect(liar?.logGainFromRoot).toEqual({ time_us: 0 });
  });

  it("has what the harness saw beside what it printed, for every pair", () => {
    const purposes = pairs.filter(({ counts }) => counts).map(({ purpose }) => purpose);
    expect(new Set(purposes)).toEqual(new Set(["judge", "confirm"]));
    for (const { parent, child } of pairs) {
      expect(child.sums[0]).toBeLessThan(0.75 * (parent.sums[0] ?? 0));
      expect(child.wallMs).toBeGreaterThan(200);
      expect(child.endedAt > child.startedAt).toBe(true);
    }
  });
});
