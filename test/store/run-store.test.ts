import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Metric } from "../../src/core/metrics/metric.ts";
import { baselineId, parseId } from "../../src/core/tree/id.ts";
import { EventTail } from "../../src/store/event-tail.ts";
import { openProject } from "../../src/store/project.ts";
import { RunStore } from "../../src/store/run-store.ts";
import { openStoredRun } from "../../src/store/stored-run.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { baselineWith } from "./baseline-fixture.ts";
import { FakeProcesses } from "./processes.ts";
import { RUN_START } from "./run-start.ts";
import { scratchFolder } from "./scratch.ts";

const METRICS: Metric[] = [{ header: "time_ms lower", name: "time_ms", direction: "lower" }];
const BASELINE = baselineId(1);
const now = () => new Date("2026-03-01T12:00:00Z");

async function newRun(): Promise<string> {
  const newUuid = () => "6f9619ff-8b86-4011-b42d-00cf4fc964ff";
  const processes = new FakeProcesses().start(10);
  const project = await openProject(scratchFolder(), { now, newUuid, processes });
  await using lock = await project.lock();
  await using _store = await project.createRun(lock, RUN_START);
  return join(project.folder, "runs", "1");
}

describe("a node of a run on several machines", () => {
  it("is not saved by the machine that it was moved from, and by the other it is", async () => {
    await using store = await RunStore.open(await newRun(), now);
    const node = experimentNode("1", { phase: "reserved", finishedAt: null });
    await store.reserve(node);
    const moved = await store.move(node, "b");
    await expect(store.save({ ...node, description: "too late" })).rejects.toThrow(
      "1 was moved from local to b",
    );
    await store.save({ ...moved, description: "in time" });
    expect(store.node(BASELINE)).toMatchObject({ machine: "b", description: "in time" });
  });

  it("is never unfinished again", async () => {
    await using store = await RunStore.open(await newRun(), now);
    const node = experimentNode("1");
    await store.reserve(node);
    await expect(store.save({ ...node, phase: "proposed" })).rejects.toThrow(
      "node 1 is finished, and cannot be proposed again",
    );
  });

  it("leaves each of two machines its record, where both are written at once", async () => {
    await using store = await RunStore.open(await newRun(), now);
    const seen = { environment: {}, clockAheadMs: 0, measured: null, result: null };
    const add = (name: string) =>
      store.setFindings(({ machines }) => ({
        machines: { ...machines, [name]: { ...seen, cpuModel: name } },
      }));
    await Promise.all([add("a"), add("b")]);
    expect(Object.keys(store.record.machines)).toEqual(["a", "b"]);
  });
});

describe("a run on disk", () => {
  it("gives back nodes, metrics, files, lines and events when it is opened again", async () => {
    const folder = await newRun();
    const node = experimentNode("1", { metrics: { time_ms: 3 } });
    {
      await using store = await RunStore.open(folder, now);
      await store.reserve(experimentNode("1", { phase: "reserved" }));
      await store.setFindings({ baseline: baselineWith(METRICS) });
      await store.save(node);
      await store.writeNodeFile(BASELINE, "build.log", Buffer.from([0, 255, 10]));
      await Promise.all([1, 2, 3].map((n) => store.appendNodeLine(BASELINE, "runs.jsonl", { n })));
      await store.emit({ type: "run_started", run: 1, from: null });
    }
    await using store = await RunStore.open(folder, now);
    for (const run of [store, await openStoredRun(folder)]) {
      expect(run.record).toMatchObject({ ...RUN_START, run: 1, baseline: { metrics: METRICS } });
      expect(run.nodes).toEqual([node]);
      expect(run.node(BASELINE)).toEqual(node);
      expect(await run.readNodeFile(BASELINE, "build.log")).toEqual(Buffer.from([0, 255, 10]));
      expect(await run.readNodeFile(BASELINE, "verify.log")).toBeNull();
      expect(String(await run.readNodeFile(BASELINE, "runs.jsonl"))).toBe(
        '{"n":1}\n{"n":2}\n{"n":3}\n',
      );
      expect((await run.events()).entries).toEqual([
        { v: 1, at: "2026-03-01T12:00:00.000Z", type: "run_started", run: 1, from: null },
      ]);
    }
    expect(readFileSync(join(folder, "metrics.csv"), "utf8")).toBe(
      "iteration,time_ms lower,node\n0,3,1\n",
    );
  });

  it("has a node on disk before reserve and save resolve", async () => {
    const folder = await newRun();
    await using store = await RunStore.open(folder, now);
    await store.reserve(experimentNode("1"));
    expect(readFileSync(join(folder, "tree.json"), "utf8")).toContain('"id":"1"');
    await store.save(experimentNode("1", { reason: "so it is" }));
    expect(readFileSync(join(folder, "tree.json"), "utf8")).toContain("so it is");
  });

  it("refuses an ordinal out of order, and saving what was never reserved", async () => {
    await using store = await RunStore.open(await newRun(), now);
    await expect(store.reserve(experimentNode("1", { ordinal: 1 }))).rejects.toThrow(
      "node 1 has ordinal 1, not 0",
    );
    await expect(store.save(experimentNode("1"))).rejects.toThrow("was never reserved");
    expect(store.nodes).toEqual([]);
  });

  it("has every measured node in metrics.csv, however many finish at once", async () => {
    const folder = await newRun();
    await using store = await RunStore.open(folder, now);
    await store.setFindings({ baseline: baselineWith(METRICS) });
    const ids = ["1", ...Array.from({ length: 20 }, (_, i) => `1.${i + 1}`)];
    for (const [ordinal, id] of ids.entries()) await store.reserve(experimentNode(id, { ordinal }));
    await Promise.all(
      ids.map((id, ordinal) =>
        store.save(experimentNode(id, { ordinal, metrics: { time_ms: ordinal } })),
      ),
    );
    const rows = ids.map((id, ordinal) => `${ordinal},${ordinal},${id}\n`);
    expect(readFileSync(join(folder, "metrics.csv"), "utf8")).toBe(
      `iteration,time_ms lower,node\n${rows.join("")}`,
    );
  });
});

describe("a run whose writer was killed", () => {
  it("between index and metrics.csv has the row after opening", async () => {
    const folder = await newRun();
    {
      await using store = await RunStore.open(folder, now);
      await store.setFindings({ baseline: baselineWith(METRICS) });
      await store.reserve(experimentNode("1", { metrics: { time_ms: 3 } }));
      expect(readFileSync(join(folder, "metrics.csv"), "utf8")).not.toContain("0,3,1");
    }
    await using _store = await RunStore.open(folder, now);
    expect(readFileSync(join(folder, "metrics.csv"), "utf8")).toContain("0,3,1\n");
  });

  it("loses its torn files and torn lines, and nothing else", async () => {
    const folder = await newRun();
    const child = parseId("1.1");
    {
      await using store = await RunStore.open(folder, now);
      await store.reserve(experimentNode("1"));
      await store.reserve(experimentNode("1.1", { ordinal: 1, phase: "reserved" }));
      await store.writeNodeFile(child, "diff.patch", "whole");
      await store.appendNodeLine(child, "transcript.jsonl", { n: 1 });
      await store.emit({ type: "run_started", run: 1, from: null });
    }
    appendFileSync(join(folder, "events.jsonl"), '{"v":1,"at"');
    appendFileSync(join(folder, "nodes", "1.1", "transcript.jsonl"), '{"n":');
    writeFileSync(join(folder, ".tree.json.9-9.torn"), "{");
    writeFileSync(join(folder, "nodes", "1.1", ".build.log.9-9.torn"), "half");
    await using store = await RunStore.open(folder, now);
    await store.appendNodeLine(child, "transcript.jsonl", { n: 2 });
    await store.emit({ type: "run_resumed", run: 1, nodes: 2 });
    expect(store.nodes.map(({ id }) => id)).toEqual(["1", "1.1"]);
    expect((await store.events()).entries.map(({ type }) => type)).toEqual([
      "run_started",
      "run_resumed",
    ]);
    expect(String(await store.readNodeFile(child, "transcript.jsonl"))).toBe('{"n":1}\n{"n":2}\n');
    expect(readdirSync(join(folder, "nodes", "1.1")).sort()).toEqual([
      "diff.patch",
      "transcript.jsonl",
    ]);
    expect(readdirSync(folder).filter((name) => name.includes("torn"))).toEqual([]);
  });
});

describe("looking at a run", () => {
  it("changes nothing on disk, not even what looks torn: its writer may be at it", async () => {
    const folder = await newRun();
    writeFileSync(join(folder, ".tree.json.9-9.torn"), "{");
    writeFileSync(join(folder, "events.jsonl"), '{"v":1');
    const run = await openStoredRun(folder);
    expect(await run.events()).toEqual({ entries: [], lostLines: 0 });
    expect(readFileSync(join(folder, "events.jsonl"), "utf8")).toBe('{"v":1');
    expect(existsSync(join(folder, ".tree.json.9-9.torn"))).toBe(true);
  });

  it("leaves out events of a kind it does not know, and counts them", async () => {
    const folder = await newRun();
    const known = { v: 1, at: "2026-03-01T12:00:00.000Z", type: "run_started", run: 1, from: null };
    const lines = [{ ...known, type: "moon_rose" }, known, { ...known, v: 2 }];
    writeFileSync(
      join(folder, "events.jsonl"),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
    const run = await openStoredRun(folder);
    expect(await run.events()).toEqual({ entries: [known], lostLines: 2 });
    expect(await run.milestones()).toEqual({ entries: [known], lostLines: 1 });
    const tail = new EventTail(join(folder, "events.jsonl"));
    const { at } = known;
    const message = "2 lines of events.jsonl cannot be read, and are left out";
    expect(await tail.read()).toEqual([known, { v: 1, at, type: "warning", id: null, message }]);
    appendFileSync(join(folder, "events.jsonl"), '{"v":1');
    expect(await tail.read()).toEqual([]);
  });

  it("says what is wrong with run.json", async () => {
    const folder = await newRun();
    writeFileSync(join(folder, "run.json"), '{"formatVersion":1,"run":0}');
    await expect(openStoredRun(folder)).rejects.toThrow(/run\.json is not valid: run: /);
    mkdirSync(join(folder, "empty"));
    await expect(openStoredRun(join(folder, "empty"))).rejects.toThrow("run.json is missing");
    mkdirSync(join(folder, "empty", "run.json"));
    await expect(openStoredRun(join(folder, "empty"))).rejects.toThrow(
      /^cannot read .*run\.json: it is not a plain file$/,
    );
  });

  it("says which file of a node cannot be read, and waits for no pipe", async () => {
    const folder = await newRun();
    const node = join(folder, "nodes", BASELINE);
    mkdirSync(join(node, "bench.log"), { recursive: true });
    execFileSync("mkfifo", [join(node, "build.log")]);
    const run = await openStoredRun(folder);
    for (const name of ["bench.log", "build.log"] as const) {
      await expect(run.readNodeFile(BASELINE, name)).rejects.toMatchObject({
        name: "UserError",
        message: `cannot read ${join(node, name)}: it is not a plain file`,
      });
    }
    expect(await run.readNodeFile(BASELINE, "verify.log")).toBeNull();
  });

  it("says that a run.json is nested too deep to be written again", async () => {
    const folder = await newRun();
    const path = join(folder, "run.json");
    const text = readFileSync(path, "utf8");
    const nested = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    writeFileSync(path, text.replace('"config": {', `"config": { "deep": ${nested},`));
    await expect(openStoredRun(folder)).rejects.toThrow("run.json is nested deeper than 64 levels");
  });

  it("says that run.json and tree.json are of two runs", async () => {
    const folder = await newRun();
    const path = join(folder, "run.json");
    const store = await RunStore.open(folder, () => new Date(0));
    await store.reserve(experimentNode("1"));
    await store[Symbol.asyncDispose]();
    writeFileSync(path, readFileSync(path, "utf8").replace('"run": 1', '"run": 2'));
    await expect(openStoredRun(folder)).rejects.toThrow("is of run 2, and tree.json of run 1");
  });
});
