import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { machines } from "../../../../src/cli/commands/looking/machines.ts";
import { runs } from "../../../../src/cli/commands/looking/runs.ts";
import { tree } from "../../../../src/cli/commands/looking/tree.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import type { RunFindings } from "../../../../src/store/run-record.ts";
import { comparisonOf, metricOf } from "../../../agent/experiment-node.ts";
import { baselineWith } from "../../../store/baseline-fixture.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { type FakeWorld, fakeWorld } from "../../fake-world.ts";
import { type StoredNodeSpec, storeRun, TIME } from "../../stored-run.ts";

const NODES: readonly StoredNodeSpec[] = [
  { id: "1", fields: { machine: "local", metrics: { time_ms: 100 } } },
  {
    id: "1.1",
    fields: {
      ...{ machine: "big-box", verdict: "confirmed", metrics: { time_ms: 50 } },
      ...{ comparison: comparisonOf(parseId("1"), 1), logGainFromRoot: { time_ms: Math.log(2) } },
    },
  },
  { id: "1.2", fields: { machine: "big-box", phase: "proposed", finishedAt: null } },
];

function calibrated(sigma: number) {
  const artefact = { logGain: 0, p: 1 };
  const noise = { kind: "noisy" as const, name: "time_ms", sigma, large: null, equalShare: 0 };
  const metrics = [{ ...noise, position: artefact, self: artefact }];
  return { calibration: { pairs: 10, agreeingRuns: 0, metrics } };
}

function resultOf(id: string, gain: number): NonNullable<RunFindings["result"]> {
  const figures = { ...metricOf("time_ms", gain), gainLow: gain - 0.1, gainHigh: gain + 0.1 };
  const comparison = { against: parseId("1"), pairs: 20, metrics: [figures] };
  return { champion: parseId(id), comparison };
}

const HOME = baselineWith([TIME], calibrated(0.012));
const { rowRule, benchmarkMs, calibration } = baselineWith([TIME], calibrated(0.034));
const SEVERAL: RunFindings = {
  lentMs: { "cluster-1": 5_400_000 },
  baseline: HOME,
  machines: {
    local: {
      environment: { kind: "docker", version: "27.1.1", kernel: "6.1.0" },
      ...{ cpuModel: "Xeon A", clockAheadMs: 0, measured: null, result: resultOf("1.1", 3.47) },
    },
    "big-box": {
      environment: { kind: "podman", version: "5.2.0", kernel: "6.8.0" },
      ...{ cpuModel: "EPYC B", clockAheadMs: -2500, result: resultOf("1.1", 2.9) },
      measured: { rowRule, benchmarkMs, calibration },
    },
  },
};
const CONFIG = {
  machines: [
    { name: "local", url: "local" },
    { name: "big-box", url: "ssh://me@big-box" },
    { name: "spare", url: "tcp://spare:2376" },
    { kind: "slurm", name: "cluster", maxNodes: 2 },
  ],
};

async function pooled(): Promise<FakeWorld> {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, NODES, SEVERAL, { config: CONFIG });
  const lost = { v: 1, type: "machine_lost", machine: "big-box", againInMs: 30_000 };
  const events = [
    { ...lost, at: "2026-01-01T10:00:00.000Z", reason: "it does not answer" },
    { ...lost, at: "2026-01-01T11:00:00.000Z", reason: "the cable\u001b is out" },
  ];
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
  writeFileSync(join(world.cwd, ".loopty/runs/1/events.jsonl"), text);
  return world;
}

describe("machines", () => {
  it("says what it cannot read", async () => {
    const world = await pooled();
    appendFileSync(join(world.cwd, ".loopty/runs/1/events.jsonl"), '{"type":"run_ended"}\n');
    await machines(world, { json: true });
    expect(world.stderr.text).toBe("1 line of events.jsonl cannot be read, and is left out\n");
    await runs(world, { json: true });
    expect(world.stderr.text.split("\n")[1]).toBe(
      "1 line of run 1's events.jsonl cannot be read, and is left out",
    );
  });

  it("tells of each machine what the run knows of it", async () => {
    const world = await pooled();
    await machines(world, {});
    expect(world.stderr.text).toBe("");
    expect(world.stdout.text.split("\n")).toEqual([
      "local",
      "  address    local",
      "  processor  Xeon A",
      "  engine     docker 27.1.1",
      "  kernel     6.1.0",
      "  clock      0 ms ahead",
      "  noise      time_ms 1.2 %",
      "  now        nothing",
      "  measured   1 node",
      "  champion   1.1 time_ms 4.47x faster (interval 4.37x to 4.57x faster)",
      "",
      "big-box",
      "  address    ssh://me@big-box",
      "  processor  EPYC B",
      "  engine     podman 5.2.0",
      "  kernel     6.8.0",
      "  clock      2.5 s behind",
      "  noise      time_ms 3.4 %",
      "  now        1.2",
      "  measured   1 node",
      "  champion   1.1 time_ms 3.90x faster (interval 3.80x to 4.00x faster)",
      "  last lost  2026-01-01T11:00:00Z: the cable\\x1b is out",
      "",
      "spare",
      "  address   tcp://spare:2376",
      "  noise     not measured",
      "  now       nothing",
      "  measured  0 nodes",
      "",
      ...["cluster-1", "cluster-2"].flatMap((name) => [
        name,
        "  address   slurm",
        "  noise     not measured",
        "  now       nothing",
        "  measured  0 nodes",
        ...(name === "cluster-1" ? ["  lent      1.50 node hours"] : []),
        "",
      ]),
    ]);
  });

  it("gives the same as data", async () => {
    const world = await pooled();
    await machines(world, { json: true });
    const { run, machines: listed } = JSON.parse(world.stdout.text);
    expect(run).toBe(1);
    expect(listed[1]).toEqual({
      ...{ name: "big-box", address: "ssh://me@big-box", cpuModel: "EPYC B" },
      ...{ engine: "podman 5.2.0", kernel: "6.8.0", clockAheadMs: -2500 },
      ...{ noise: [{ metric: "time_ms", sigma: 0.034 }], unfinished: ["1.2"], measured: 1 },
      result: resultOf("1.1", 2.9),
      lentMs: null,
      lastLoss: { at: "2026-01-01T11:00:00.000Z", reason: "the cable\u001b is out" },
    });
  });

  it("leaves out what was measured of an earlier champion", async () => {
    const world = fakeWorld(scratchFolder());
    await storeRun(world, NODES, { baseline: HOME, result: resultOf("1", 0.1) });
    await machines(world, { json: true });
    expect(JSON.parse(world.stdout.text).machines[0].result).toBe(null);
  });

  it("tells of the only machine by the run's own result and engine", async () => {
    const world = fakeWorld(scratchFolder());
    const nodes = NODES.slice(0, 2).map(({ id, fields }) => ({
      id,
      fields: { ...fields, machine: "local" },
    }));
    const environment = { engine: { kind: "docker", version: "27.1.1", kernel: "6.1.0" } };
    const findings = { baseline: HOME, result: resultOf("1.1", 1) };
    await storeRun(world, nodes, findings, { environment });
    await machines(world, {});
    expect(world.stdout.text.split("\n")).toEqual([
      "local",
      "  address   local",
      "  engine    docker 27.1.1",
      "  kernel    6.1.0",
      "  noise     time_ms 1.2 %",
      "  now       nothing",
      "  measured  2 nodes",
      "  champion  1.1 time_ms 2.00x faster (interval 1.90x to 2.10x faster)",
      "",
    ]);
  });
});

describe("the result of a run on several machines", () => {
  it("stands beside what the champion showed on another processor", async () => {
    const world = fakeWorld(scratchFolder());
    const result = resultOf("1.1", 3.47);
    await storeRun(world, NODES, { ...SEVERAL, result }, { config: CONFIG });
    await tree(world, {});
    expect(world.stdout.text.split("\n").slice(-5)).toEqual([
      "champion 1.1 against 1, 20 fresh pairs:",
      "  time_ms 4.47x faster (interval 4.37x to 4.57x faster)",
      "on big-box (EPYC B), 20 fresh pairs:",
      "  time_ms 3.90x faster (interval 3.80x to 4.00x faster)",
      "",
    ]);
  });
});
