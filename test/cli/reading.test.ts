import { describe, expect, it } from "vitest";
import { diff } from "../../src/cli/commands/looking/diff.ts";
import { runs } from "../../src/cli/commands/looking/runs.ts";
import { show } from "../../src/cli/commands/looking/show.ts";
import { tree } from "../../src/cli/commands/looking/tree.ts";
import type { Evidence } from "../../src/core/tree/evidence.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { openProject } from "../../src/store/project.ts";
import { comparisonOf } from "../agent/experiment-node.ts";
import { pairRecord } from "../core/judging/pair-fixtures.ts";
import { scratchFolder } from "../store/scratch.ts";
import { FakeSink, type FakeWorld, fakeWorld } from "./fake-world.ts";
import { type StoredNodeSpec, storeRun } from "./stored-run.ts";

const BASELINE = parseId("1");

const NODES: readonly StoredNodeSpec[] = [
  {
    id: "1",
    fields: { description: "baseline", metrics: { time_ms: 100 } },
    files: { "src/a.c": "int a;\n" },
  },
  {
    id: "1.1",
    fields: {
      description: "unroll the loop",
      verdict: "improved",
      metrics: { time_ms: 80 },
      comparison: comparisonOf(BASELINE, 0.25),
      logGainFromRoot: { time_ms: Math.log(1.25) },
    },
    files: { "src/a.c": "int b;\n" },
    logs: { "build.log": "cc \u001b[1ma.c\n", "bench.log": Buffer.from([0xff, 0x0a]) },
  },
  { id: "1.2", fields: { verdict: "abandoned", reason: "no idea" } },
  {
    id: "1.1.1",
    fields: { description: "use floats", verdict: "verify_failed" },
    files: { "src/a.c": "float b;\n" },
  },
];

const comparison = comparisonOf(BASELINE, 0.25);
const RESULT = comparison && { champion: parseId("1.1"), comparison: { ...comparison, pairs: 20 } };

async function project(fields: Partial<FakeWorld> = {}): Promise<FakeWorld> {
  const world = fakeWorld(scratchFolder(), fields);
  await storeRun(world, NODES, { result: RESULT });
  return world;
}

describe("tree", () => {
  it("draws the last run with its champion and its result", async () => {
    const world = await project();
    expect(await tree(world, {})).toBe(0);
    expect(
      world.stdout.text,
    ).toBe(`  1            baseline                time_ms 100       baseline
* ├─ 1.1       improved       -20.0 %  time_ms 100 → 80  unroll the loop
  │  └─ 1.1.1  verify_failed                             use floats
  └─ 1.2       abandoned                                 no idea

champion 1.1 against 1, 20 fresh pairs:
  time_ms -20.0 % (interval -20.6 % to -19.4 %)
`);
    expect(world.stderr.text).toBe("");
  });

  it("says below what each of several models brought", async () => {
    const world = fakeWorld(scratchFolder());
    await storeRun(world, [
      { id: "1", fields: { metrics: { time_ms: 100 } } },
      { id: "1.1", fields: { model: "strong", verdict: "improved", comparison } },
      { id: "1.2", fields: { model: "cheap-one", verdict: "abandoned", reason: "no idea" } },
    ]);
    await tree(world, {});
    expect(world.stdout.text.split("\n").slice(3)).toEqual([
      "",
      "cheap-one  1 experiment, 0 gains, 0 tokens, $0.00",
      "strong     1 experiment, 1 gain, the best -20.0 %, 0 tokens, $0.00",
      "",
    ]);
  });

  it("cuts lines to the terminal", async () => {
    const stdout = new FakeSink({ isTty: true, width: 40 });
    const env = { PATH: process.env.PATH, NO_COLOR: "1" };
    const world = await project({ stdout, env });
    await tree(world, {});
    const widths = world.stdout.text
      .split("\n")
      .slice(0, 4)
      .map((line) => line.length);
    expect(Math.max(...widths)).toBe(40);
  });

  it("draws another run by its number, and says when a run has no nodes", async () => {
    const world = await project();
    await storeRun(world, []);
    await tree(world, { run: 1 });
    expect(world.stdout.text).toContain("unroll the loop");
    const empty = fakeWorld(world.cwd);
    expect(await tree(empty, {})).toBe(0);
    expect([empty.stdout.text, empty.stderr.text]).toEqual(["", "run 2 has no nodes yet\n"]);
    await expect(tree(world, { run: 3 })).rejects.toMatchObject({
      message: "there is no run 3",
      hint: "there is 1, 2",
    });
  });

  it("gives records as stored in JSON", async () => {
    const world = fakeWorld(scratchFolder());
    const nodes = await storeRun(world, NODES, { result: RESULT });
    await tree(world, { json: true });
    expect(world.stdout.json).toMatchObject({ run: 1, champion: "1.1", result: RESULT, nodes });
  });

  it("finds the project beside the file that --config names", async () => {
    const { cwd } = await project();
    const elsewhere = fakeWorld(scratchFolder());
    await tree(elsewhere, { config: `${cwd}/loopty.yaml` });
    expect(elsewhere.stdout.text).toContain("unroll the loop");
  });
});

describe("a folder where loopty was never run", () => {
  it("is told with what to do", async () => {
    const world = fakeWorld(scratchFolder());
    const commands = [() => tree(world, {}), () => runs(world, {}), () => show(world, { id: "1" })];
    for (const command of commands) {
      await expect(command()).rejects.toMatchObject({
        name: "UserError",
        message: `there is no run here: ${world.cwd}/.loopty does not exist`,
        hint: "`loopty run` makes the first; --config FILE names a project elsewhere",
      });
    }
  });
});

describe("runs", () => {
  it("lists where each came from and is, its champion, what it used and what changed", async () => {
    const world = await project();
    const stored = await openProject(world.cwd, world);
    {
      await using lock = await stored.lock();
      await using store = await stored.resumeRun(lock, 1);
      const end = { best: parseId("1.1"), result: null, text: "" };
      await store.emit({ type: "run_finished", reason: "budget_spent", ...end });
    }
    const usage = { tokens: 1234, cacheReadTokens: 9, costUsd: 0.5 };
    const fields = { logGainFromRoot: { time_ms: Math.log(1.1) }, verdict: "improved" } as const;
    await storeRun(
      world,
      [
        { id: "2", fields: { metrics: { time_ms: 80 } }, files: { "src/a.c": "int b;\n" } },
        { id: "2.1", fields: { ...fields, usage, finishedAt: "2026-01-01T00:01:30Z" } },
      ],
      {},
      { from: parseId("1.1"), config: { access: { writable: ["src/"] }, statement: "smaller" } },
    );
    expect(await runs(world, {})).toBe(0);
    expect(
      world.stdout.text,
    ).toBe(`run  from       started               state                   nodes  champion  gain                        used                                       changed
1    workspace  2026-11-23T10:00:00Z  finished: budget spent  4      1.1       time_ms -20.0 %             3 experiments, 1m 00s
2    1.1        2026-11-23T10:00:00Z  interrupted             2      2.1       time_ms -9.1 % (not fresh)  1 experiment, 1,234 tokens, $0.50, 1m 30s  statement, access
`);
  });

  it("says which one runs now, and keeps lines to the terminal", async () => {
    const world = await project({ stdout: new FakeSink({ isTty: true, width: 60 }) });
    await using _lock = await (await openProject(world.cwd, world)).lock();
    await runs(world, {});
    expect(world.stdout.text.split("\n")[1]).toBe(
      "1    workspace  2026-11-23T10:00:00Z  running  4      1.1  …",
    );
  });

  it("lists them in JSON", async () => {
    const world = await project();
    await runs(world, { json: true });
    expect(world.stdout.json).toEqual([
      {
        run: 1,
        from: null,
        createdAt: "2026-11-23T10:00:00.000Z",
        agent: "tuner",
        state: { kind: "interrupted" },
        nodes: 4,
        champion: "1.1",
        gain: { metric: "time_ms", gain: 0.25, fresh: true },
        result: RESULT,
        spent: { experiments: 3, tokens: 0, costUsd: 0, timeMs: 60_000 },
        changed: [],
      },
    ]);
  });
});

describe("show", () => {
  it("shows inputs and outputs, and marks the champion", async () => {
    const world = await project();
    expect(await show(world, { id: "1.1" })).toBe(0);
    expect(world.stdout.text).toMatch(/^1\.1 {2}improved \*\n\ninputs\n/);
    expect(world.stdout.text).toContain("description  unroll the loop\n");
  });

  it("breaks long lines at the width of the terminal, below the text they belong to", async () => {
    const world = { ...(await project()), stdout: new FakeSink({ isTty: true, width: 23 }) };
    await show(world, { id: "1.1" });
    expect(world.stdout.text).toContain("  description  unroll\n               the loop\n");
  });

  it("counts the raw pairs and says where they are", async () => {
    const world = fakeWorld(scratchFolder());
    const evidence: Evidence = {
      rule: "used_up",
      pairs: 2,
      maxPairs: 2,
      looks: [],
      giveUpBelow: null,
      look: null,
      level: null,
      p: null,
      of: "time_ms",
      gain: 0,
      gainLow: 0,
      gainHigh: 0,
      confidence: 0.5,
      standings: [],
    };
    const pairs = [
      pairRecord("judge", 0),
      pairRecord("judge", 1),
      pairRecord("judge", 2, { order: "child_first" }),
    ];
    const fields = { verdict: "inconclusive" as const, evidence };
    await storeRun(world, [{ id: "1" }, { id: "1.1", fields, pairs }]);
    await show(world, { id: "1.1" });
    expect(world.stdout.text).toContain(
      "2 of at most 2 pairs, in random order, the parent first in 1",
    );
    const file = ".loopty/runs/1/nodes/1.1/runs.jsonl";
    expect(world.stdout.text).toContain(`${file} (3 to judge; warm-up pairs included)`);
    const json = fakeWorld(world.cwd);
    await show(json, { id: "1.1", json: true });
    expect(json.stdout.json).toMatchObject({
      evidence: { rule: "used_up", standings: [] },
      raw: {
        file,
        series: [
          { purpose: "judge", against: "1", pairs: 3, counted: 2, parentFirst: 1, discarded: 0 },
        ],
      },
    });
  });

  it("gives the record as stored in JSON", async () => {
    const world = fakeWorld(scratchFolder());
    const nodes = await storeRun(world, NODES);
    await show(world, { id: "1.1", json: true });
    expect(world.stdout.json).toEqual({
      ...nodes[1],
      steering: { mark: null, notes: [] },
      raw: null,
    });
  });

  it("gives a log's bytes to a pipe, and escapes them on a terminal", async () => {
    const world = await project();
    await show(world, { id: "1.1", log: "bench" });
    expect(world.stdout.bytes).toEqual(Buffer.from([0xff, 0x0a]));
    const terminal = fakeWorld(world.cwd, { stdout: new FakeSink({ isTty: true, width: 80 }) });
    await show(terminal, { id: "1.1", log: "build" });
    expect(terminal.stdout.text).toBe("cc \\x1b[1ma.c\n");
    const json = fakeWorld(world.cwd);
    await show(json, { id: "1.1", log: "bench", json: true });
    expect(json.stdout.json).toEqual({
      id: "1.1",
      log: "bench",
      encoding: "base64",
      content: "/wo=",
    });
  });

  it("says when there is no such log", async () => {
    await expect(show(await project(), { id: "1.1", log: "verify" })).rejects.toMatchObject({
      message: "1.1 has no verify log",
      hint: "it never came to that: loopty show 1.1",
    });
  });

  it("names the nearest nodes for an id that does not exist", async () => {
    const world = await project();
    await expect(show(world, { id: "1.9" })).rejects.toMatchObject({
      message: "there is no node 1.9",
      hint: "nearest are 1, 1.1, 1.2; `loopty tree` shows all",
    });
    await expect(show(world, { id: "1.1.1.4.2" })).rejects.toMatchObject({
      hint: "1.1.1 has no children; `loopty tree` shows what there is",
    });
    await expect(show(world, { id: "2.1" })).rejects.toMatchObject({
      message: "there is no run 2",
    });
    await expect(show(world, { id: "one" })).rejects.toMatchObject({
      message: '"one" is not a node id',
    });
  });

  it("names the five nearest siblings by number, in their order", async () => {
    const world = fakeWorld(scratchFolder());
    const children = Array.from({ length: 30 }, (_, i) => ({ id: `1.${i + 1}` }));
    await storeRun(world, [{ id: "1" }, ...children]);
    await expect(show(world, { id: "1.33" })).rejects.toMatchObject({
      hint: "nearest are 1, 1.26, 1.27, 1.28, 1.29, 1.30; `loopty tree` shows all",
    });
  });
});

const CHANGE = `--- a/src/a.c
+++ b/src/a.c
@@ -1 +1 @@
`;

describe("diff", () => {
  it("is the stored change against the parent", async () => {
    const world = await project();
    expect(await diff(world, { id: "1.1" })).toBe(0);
    expect(world.stdout.text).toMatch(/^diff --git a\/src\/a\.c b\/src\/a\.c\nindex /);
    expect(world.stdout.text).toContain(`${CHANGE}-int a;\n+int b;\n`);
  });

  it("compares any two nodes, in the order given", async () => {
    const world = await project();
    await diff(world, { id: "1.1.1", other: "1" });
    expect(world.stdout.text).toContain(`${CHANGE}-float b;\n+int a;\n`);
    const json = fakeWorld(world.cwd);
    await diff(json, { id: "1.1.1", other: "1", json: true });
    expect(json.stdout.json).toEqual({
      from: "1.1.1",
      to: "1",
      encoding: "utf8",
      content: world.stdout.text,
    });
  });

  it("says why a node has none", async () => {
    const world = await project();
    const message = "1.2 has no stored change: no idea";
    await expect(diff(world, { id: "1.2" })).rejects.toMatchObject({ message });
    await expect(diff(world, { id: "1", other: "1.2" })).rejects.toMatchObject({ message });
  });
});
