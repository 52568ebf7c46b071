import { describe, expect, it } from "vitest";
import { parseId } from "../../src/core/tree/id.ts";
import { type NodeView, nodeViewOf } from "../../src/dashboard/node-view.ts";
import { TIME } from "../cli/stored-run.ts";
import { baselineWith } from "../store/baseline-fixture.ts";
import { scratchFolder } from "../store/scratch.ts";
import { grownTree } from "./grown-tree.ts";
import { shownProject } from "./shown-project.ts";

const ID = parseId("1.1");
const AT = "2026-11-23T10:00:00.000Z";

async function viewWith(files: Readonly<Record<string, string>>): Promise<NodeView> {
  const { project, addRun, putFile } = await shownProject(scratchFolder());
  await addRun(grownTree(2), { baseline: baselineWith([TIME]) });
  for (const [name, text] of Object.entries(files)) await putFile(ID, name, text);
  return nodeViewOf(await project.openRun(1), ID);
}

function pairLine(pair: number, child: number, more: object = {}): string {
  const side = { rows: 3, wallMs: 5 };
  const line = {
    at: AT,
    purpose: "judge",
    pair,
    order: "child_first",
    parent: { id: "1", values: [100], ...side },
    child: { id: "1.1", values: [child], ...side, cpuMs: 4 },
    ...more,
  };
  return `${JSON.stringify(line)}\n`;
}

describe("what lies in a node's folder", () => {
  it("is nothing for a node without files", async () => {
    expect(await viewWith({})).toEqual({
      id: "1.1",
      diff: null,
      streamed: null,
      pairs: { entries: [], lostLines: 0 },
      logs: { build: null, verify: null, bench: null },
      transcript: null,
    });
  });

  it("has the rows by column, and none of a file that is not valid", async () => {
    const csv = "iteration,time_ms (lower is better),<b>x</b>\n1,5,7\n2,4,8\n";
    expect((await viewWith({ "metrics.csv": csv })).streamed).toEqual({
      iterations: [1, 2],
      columns: [
        { name: "time_ms", values: [5, 4] },
        { name: "<b>x</b>", values: [7, 8] },
      ],
    });
    expect((await viewWith({ "metrics.csv": "iteration,a\n1,x\n" })).streamed).toBeNull();
  });

  it("has pairs with their gains, without the warm-up, and counts lines that are no pair", async () => {
    const lines = [pairLine(0, 7), pairLine(1, 50), "{}\n", "x\n", pairLine(2, 100), '{"pair":3'];
    const { pairs: read } = await viewWith({ "runs.jsonl": lines.join("") });
    // A kill cut the last one short, which nobody was told of.
    expect(read.lostLines).toBe(2);
    const pairs = read.entries;
    expect(pairs).toHaveLength(1);
    expect(pairs[0]?.dots).toEqual([
      {
        pair: 1,
        order: "child_first",
        parent: [100],
        child: [50],
        logGains: [expect.closeTo(Math.log(2), 12)],
      },
      { pair: 2, order: "child_first", parent: [100], child: [100], logGains: [0] },
    ]);
    expect(pairs[0]?.comparison.metrics[0]).toMatchObject({ name: "time_ms", value: 75 });
  });

  it("keeps apart the pairs of each purpose, and of a resumed node those of the last try alone", async () => {
    const confirm = { purpose: "confirm" };
    const lines = [
      pairLine(1, 50),
      pairLine(2, 51),
      pairLine(1, 60),
      pairLine(1, 70, confirm),
      pairLine(2, 71, confirm),
    ];
    const { pairs } = await viewWith({ "runs.jsonl": lines.join("") });
    const shown = pairs.entries.map(({ purpose, dots }) => [
      purpose,
      ...dots.map(({ child }) => child[0]),
    ]);
    expect(shown).toEqual([
      ["judge", 60],
      ["confirm", 70, 71],
    ]);
  });

  it("cuts a log to its end and a diff to its beginning, and counts what is missing", async () => {
    const { logs, diff } = await viewWith({
      "bench.log": `${"a".repeat(200_000)}end`,
      "diff.patch": `start${"b".repeat(600_000)}`,
    });
    expect(logs.bench?.text).toHaveLength(128 * 1024);
    expect(logs.bench?.text.endsWith("end")).toBe(true);
    expect(logs.bench?.cutBytes).toBe(200_003 - 128 * 1024);
    expect(diff?.text.startsWith("start")).toBe(true);
    expect(diff?.cutBytes).toBe(600_005 - 512 * 1024);
  });

  it("has the conversation turn by turn, each thing said once", async () => {
    const tokens = { inputTokens: 1, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 42 };
    const ask = { maxTokens: 9, reserved: { input: 1, output: 1 } };
    const use = { type: "tool_use", id: "t", name: "edit", input: { path: "a.c", new: "x\ny" } };
    const result = {
      type: "tool_result",
      tool_use_id: "t",
      content: [{ type: "text", text: "ok" }],
    };
    const entries = [
      {
        type: "opened",
        id: "1.1",
        model: "m",
        system: [{ type: "text", text: "be fast" }],
        tools: [],
      },
      {
        type: "request",
        number: 1,
        step: "edit",
        ...ask,
        from: 0,
        messages: [{ role: "user", content: "go" }],
      },
      {
        type: "response",
        number: 1,
        id: "r",
        stopReason: "tool_use",
        stopDetails: null,
        content: [use],
        tokens,
      },
      {
        type: "request",
        number: 2,
        step: "edit",
        ...ask,
        from: 1,
        messages: [
          { role: "assistant", content: [use] },
          { role: "user", content: [result] },
        ],
      },
      { type: "failure", number: 2, reason: "529", retryInMs: null, tokens: "unknown" },
    ];
    const text = entries.map((entry) => `${JSON.stringify({ v: 1, at: AT, ...entry })}\n`).join("");
    const { transcript } = await viewWith({ "transcript.jsonl": `${text}{"torn` });
    const said = transcript?.map(({ who, title, outputTokens, blocks }) => [
      who,
      title,
      outputTokens,
      ...blocks.map(({ kind, name, text }) => `${kind} ${name}: ${text.text}`),
    ]);
    expect(said).toEqual([
      ["harness", "system, m", null, "text : be fast"],
      ["harness", "edit", null, "text : go"],
      ["agent", "tool_use", 42, "tool_use edit: path: a.c\nnew:\nx\ny"],
      ["harness", "edit", null, "tool_result : ok"],
      ["failure", "not tried again", null, "text : 529"],
    ]);
  });
});
