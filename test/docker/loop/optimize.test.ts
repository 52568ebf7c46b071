import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Replay } from "../../../src/agent/replay.ts";
import { parseReplay } from "../../../src/agent/replay-file.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { measureResult } from "../../../src/loop/result.ts";
import { openTestProject, type TestProject } from "../project.ts";

const CONFIG = `
name: shell
statement: make it small
access:
  writable: [src/]
  hidden: [oracle/]
sandbox: { memory: 256m, pids: 64, disk: 64m }
commands: { build: sh build.sh, verify: sh verify.sh, benchmark: sh bench.sh }
agent: { kind: replay, from: edits.yaml, repairs: 1 }
budget: { experiments: 20 }
rate_limit: { experiments: none }
`;

const EDITS = `
version: 1
edits:
  - { parent: "1", description: smaller, changes: [{ path: src/size, content: "90\\n" }] }
  - { parent: "1", description: wrong, changes: [{ path: src/answer, content: "43\\n" }] }
  - { parent: "1", description: larger, changes: [{ path: src/size, content: "110\\n" }] }
  - { parent: "1", description: again, changes: [{ path: src/size, content: "90\\n" }] }
  - { parent: "1", description: nothing, changes: [{ path: src/size, content: "100\\n" }] }
  - parent: "1"
    description: does not build at first
    changes: [{ path: src/size, content: "" }]
    repairs: [[{ path: src/size, content: "95\\n" }]]
  - { parent: "1", description: outside, changes: [{ path: bench.sh, content: "echo" }] }
  - { parent: "1.1", description: smaller still, changes: [{ path: src/size, content: "50\\n" }] }
`;

const FILES = {
  "loopty.yaml": CONFIG,
  "src/size": "100\n",
  "src/answer": "42\n",
  "build.sh": "grep -q . src/size && cp src/size built-size\n",
  "verify.sh": "cmp src/answer oracle/answer\n",
  "bench.sh": `echo 'iteration,cost (lower is better)' > "$LOOPTY_METRICS"
for i in 1 2 3; do echo "$i,$(cat built-size)" >> "$LOOPTY_METRICS"; done
`,
  "oracle/answer": "42\n",
  "edits.yaml": EDITS,
};

describe("a run", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openTestProject(FILES);
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  it("grows a tree of experiments with a verdict each, and measures its champion afresh", async () => {
    const agent = new Replay(parseReplay(EDITS, "edits.yaml"));
    const { ending, result, nodes } = await project.withRun(agent, "new", async (run, signal) => ({
      ending: await optimize(run, signal),
      result: await measureResult(run, signal),
      nodes: run.store.nodes,
    }));
    console.log(nodes.map((n) => [n.id, n.verdict, n.reason, n.metrics, n.repairs]));
    console.log(ending, JSON.stringify(result?.comparison));
    expect(
      Object.fromEntries(nodes.map((node) => [node.description || node.id, node.verdict])),
    ).toEqual({});
  });
});
