import { describe, expect, it } from "vitest";
import { context } from "../../src/cli/commands/looking/context.ts";
import { diff } from "../../src/cli/commands/looking/diff.ts";
import { runs } from "../../src/cli/commands/looking/runs.ts";
import { show } from "../../src/cli/commands/looking/show.ts";
import { tree } from "../../src/cli/commands/looking/tree.ts";
import { dryRun } from "../../src/cli/commands/running/dry-run.ts";
import { apply } from "../../src/cli/commands/taking/apply.ts";
import { clean } from "../../src/cli/commands/taking/clean.ts";
import { exportNode } from "../../src/cli/commands/taking/export.ts";
import { report } from "../../src/cli/commands/taking/report.ts";
import { doctor } from "../../src/cli/doctor/doctor.ts";
import { reportFailure } from "../../src/cli/exit.ts";
import { exportCsv } from "../../src/cli/export/csv.ts";
import { liveProgress, plainProgress } from "../../src/cli/terminal/progress.ts";
import { EngineError, UserError } from "../../src/core/error.ts";
import type { RunEvent, RunNews } from "../../src/core/events/event.ts";
import type { Metric } from "../../src/core/metrics/metric.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { NO_USAGE } from "../../src/core/tree/node.ts";
import { LABEL } from "../../src/sandbox/container/label.ts";
import { metricOf } from "../agent/experiment-node.ts";
import { addFiles } from "../config/folder-tree.ts";
import { HOSTILE, HOSTILE_NAME, unprintable } from "../hostile-text.ts";
import { baselineWith } from "../store/baseline-fixture.ts";
import { scratchFolder } from "../store/scratch.ts";
import { FakeEngine } from "./fake-engine.ts";
import { FakeSink, FakeSpinner, type FakeWorld, fakeWorld } from "./fake-world.ts";
import { storeRun } from "./stored-run.ts";

const PROJECT = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";
const METRIC: Metric = { header: HOSTILE, name: HOSTILE, direction: "lower" };
const CONFIG = `name: demo
statement: ${JSON.stringify(HOSTILE)}
access: { writable: [src/] }
commands: { build: ${JSON.stringify(HOSTILE)}, benchmark: ${JSON.stringify(HOSTILE)} }
context: all
`;
const [ROOT, CHILD] = [parseId("1"), parseId("1.1")];
const comparison = { against: ROOT, pairs: 5, metrics: [metricOf(HOSTILE, 0.25)] };
const TEXTS = { description: HOSTILE, hypothesis: HOSTILE, analysis: HOSTILE, reason: HOSTILE };

/** A project whose every text is hostile, on a terminal and an engine. */
async function project(): Promise<FakeWorld> {
  const engine = await FakeEngine.start();
  engine.version = `20.10.24${HOSTILE}`;
  engine.images.push({
    tag: `loopty/m:1${HOSTILE}`,
    labels: { [LABEL.project]: PROJECT, [LABEL.node]: "1", [LABEL.kind]: "snapshot" },
  });
  const world = terminal(scratchFolder(), engine.url);
  const before = { [HOSTILE_NAME]: "before\n", "src/.npmrc": "a\n", "src/\u202e/.npmrc": "a\n" };
  await addFiles(world.cwd, { "loopty.yaml": CONFIG, ...before });
  const measured = { metrics: { [HOSTILE]: 80 }, comparison, logGainFromRoot: { [HOSTILE]: 0.2 } };
  const logs = { "build.log": HOSTILE, "verify.log": HOSTILE, "bench.log": HOSTILE };
  await storeRun(
    world,
    [
      { id: "1", fields: { ...TEXTS, metrics: { [HOSTILE]: 100 } }, files: before, logs },
      {
        id: "1.1",
        fields: {
          ...TEXTS,
          ...measured,
          verdict: "improved",
          runtime: HOSTILE,
          dropped: [HOSTILE],
          snapshot: { tag: HOSTILE, imageId: HOSTILE, layerDigest: HOSTILE, baseId: HOSTILE },
        },
        files: {
          [HOSTILE_NAME]: `${HOSTILE}\n`,
          "src/.npmrc": "b\n",
          "src/\u202e/.npmrc": "b\n",
        },
        logs,
      },
      { id: "1.2", fields: { ...TEXTS, verdict: "abandoned" } },
    ],
    { baseline: baselineWith([METRIC]), result: { champion: CHILD, comparison } },
  );
  return terminal(world.cwd, engine.url);
}

function terminal(cwd: string, url: string): FakeWorld {
  return fakeWorld(cwd, {
    stdout: new FakeSink({ isTty: true, width: 300 }),
    // Colours are sequences of our own; that texts inside them are escaped is shown where they are made.
    env: {
      ...{ PATH: process.env.PATH, DOCKER_HOST: url },
      ...{ ANTHROPIC_API_KEY: "made up", NO_COLOR: "1" },
    },
  });
}

type Command = (world: FakeWorld, options: { readonly json?: boolean }) => Promise<unknown>;

const COMMANDS: readonly (readonly [string, Command])[] = [
  ["runs", runs],
  ["tree", tree],
  ["show", (world, options) => show(world, { ...options, id: "1.1" })],
  ["show of a node without files", (world, options) => show(world, { ...options, id: "1.2" })],
  ["show --log", (world, options) => show(world, { ...options, id: "1.1", log: "build" })],
  ["diff", (world, options) => diff(world, { ...options, id: "1.1" })],
  ["diff of two", (world, options) => diff(world, { ...options, id: "1", other: "1.1" })],
  ["diff without any", (world, options) => diff(world, { ...options, id: "1.2" })],
  ["context", (world, options) => context(world, { ...options, id: "1.1" })],
  ["run --dry-run", dryRun],
  ["apply", (world, options) => apply(world, { ...options, id: "1.1" })],
  ["apply of what is gone", (world, options) => apply(world, { ...options, id: "1.2" })],
  [
    "export --patch -",
    (world, options) => exportNode(world, { ...options, id: "1.1", patch: "-" }),
  ],
  [
    "export --files",
    (world, options) => exportNode(world, { ...options, id: "1.1", files: "out" }),
  ],
  ["export --csv", (world) => exportCsv(world, { csv: "nodes" })],
  ["report", report],
  ["report --markdown", (world, options) => report(world, { ...options, markdown: true })],
  ["report --svg", (world, options) => report(world, { ...options, svg: "run" })],
  ["clean", (world, options) => clean(world, { ...options, dryRun: true })],
  ["doctor", doctor],
];

describe("hostile text on a terminal", () => {
  describe.each([
    ["as text", {}],
    ["as JSON", { json: true }],
  ])("%s", (_, options) => {
    it.each(COMMANDS)("is escaped by %s", async (_name, command) => {
      const world = await project();
      await command(world, options).catch((error: unknown) => reportFailure(error, world));
      expect(world.stdout.text + world.stderr.text).not.toBe("");
      expect(unprintable(world.stdout.text)).toEqual([]);
      expect(unprintable(world.stderr.text)).toEqual([]);
    });
  });

  it("is whole in JSON, escaped or not", async () => {
    const world = await project();
    await show(world, { id: "1.1", json: true });
    expect(world.stdout.json).toMatchObject({ ...TEXTS, runtime: HOSTILE });
  });

  it("makes no line of its own where one line is told", async () => {
    const world = await project();
    await tree(world, {});
    expect(world.stdout.text).not.toMatch(/^hint: run this/m);
    await diff(world, { id: "1.2" }).catch((error: unknown) => reportFailure(error, world));
    expect(world.stderr.text).toMatch(/^error: 1\.2 has no stored change: .*\n$/);
  });

  it.each([
    ["the user's to fix", new UserError(HOSTILE, { hint: HOSTILE })],
    ["the engine's", new EngineError(HOSTILE)],
    ["a bug", Object.assign(new Error(HOSTILE), { detail: HOSTILE })],
    ["no error at all", HOSTILE],
  ])("is escaped in a failure that is %s", async (_, failure) => {
    const world = fakeWorld("/");
    await reportFailure(failure, world);
    expect(world.stderr.text).toMatch(/\\x1b|\\x1B/);
    expect(unprintable(world.stderr.text)).toEqual([]);
  });
});

const [id, against] = [CHILD, ROOT];
const NEWS: readonly RunNews[] = [
  { type: "base_ready", imageId: HOSTILE, durationMs: 1 },
  {
    ...{ type: "agent_finished", id, repair: 0, outcome: "proposed" },
    ...{ text: HOSTILE, usage: NO_USAGE, durationMs: 1 },
  },
  {
    ...{ type: "node_proposed", id, tag: HOSTILE },
    ...{ filesChanged: 1, linesAdded: 1, linesRemoved: 1 },
  },
  { type: "build_finished", id, passed: false, reason: HOSTILE, durationMs: 1 },
  { type: "verify_finished", id, passed: false, reason: HOSTILE, durationMs: 1 },
  { type: "row_streamed", id, side: "child", pair: 1, iteration: 1, values: { [HOSTILE]: 1 } },
  { type: "pair_finished", id, against, purpose: "judge", pair: 1 },
  { type: "calibration_finished", text: [HOSTILE] },
  { type: "confirmation_finished", id, verdict: "confirmed", reason: HOSTILE },
  { type: "node_finished", id, verdict: "improved", reason: HOSTILE, durationMs: 1 },
  { type: "warning", id, message: HOSTILE },
  { type: "steered", number: 1, order: "note", id, text: HOSTILE },
  { type: "run_finished", reason: "stopped", text: HOSTILE, best: id, result: null },
];

describe("hostile text while a run goes on", () => {
  const events = NEWS.map((news): RunEvent => ({ v: 1, at: "2026-11-23T10:00:00Z", ...news }));

  it("is one escaped line in a log", () => {
    const sink = new FakeSink();
    const progress = plainProgress(sink, () => new Date("2026-11-23T10:00:00Z"));
    for (const event of events) progress.event(event);
    progress.step(HOSTILE);
    progress.keep(HOSTILE);
    expect(unprintable(sink.text)).toEqual([]);
    expect(sink.text.split("\n")).toHaveLength(events.length + 3);
  });

  it("is one escaped line on a screen", () => {
    const spinner = new FakeSpinner();
    const now = () => new Date(0);
    const progress = liveProgress(spinner, new FakeSink({ isTty: true, width: 80 }), now);
    for (const event of events) progress.event(event);
    progress.step(HOSTILE);
    progress.keep(HOSTILE);
    expect(unprintable(spinner.told.join("\n"))).toEqual([]);
    expect(spinner.told.join("\n").split("\n")).toHaveLength(events.length + 2);
  });
});
