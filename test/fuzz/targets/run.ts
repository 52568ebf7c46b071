import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { preferenceOfRun, runRecordSchema } from "../../../src/store/run-record.ts";
import { openStoredRun } from "../../../src/store/stored-run.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { baselineWith } from "../../store/baseline-fixture.ts";
import { RUN_START } from "../../store/run-start.ts";
import { refusedLater } from "../refusal.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

/** As run.json holds it. */
export const RECORD = {
  formatVersion: 1,
  run: 1,
  createdAt: "2026-03-01T12:00:00.000Z",
  ...RUN_START,
  config: { name: "matmul", metrics: { weights: { time_ms: 3 }, minEffectRatio: 0.005 } },
  userHead: "b".repeat(40),
  base: {
    tag: "loopty/m:base-1",
    imageId: "sha256:1",
    layers: ["sha256:2"],
    fileTime: "2026-03-01T12:00:00Z",
  },
  baseline: baselineWith(
    [{ header: "time_ms (lower is better)", name: "time_ms", direction: "lower" }],
    { buildOutputs: ["src/k.o"], benchmarkMs: 12.5 },
  ),
  pace: null,
  workbench: null,
  result: { champion: "1.1", comparison: { against: "1", pairs: 0, metrics: [] } },
};

/** As loopty 0.1 wrote it. */
const { baseline, ...withoutBaseline } = RECORD;
const OLD_RECORD = { ...withoutBaseline, ...baseline };

/** What a run was started with, beside an index of run 1. */
export const run: FuzzTarget = {
  name: "run",
  samples: textsOf(JSON.stringify(RECORD), JSON.stringify(OLD_RECORD)),
  structure: "json",
  words: [
    '"run":2',
    "null",
    '"formatVersion":2',
    "{",
    "}",
    "[",
    "]",
    ",",
    '"weights":{"x":-1}',
    "\\ud800",
  ],
  inputs: 500,
  async check(input, _random, folder) {
    writeFileSync(join(folder, "run.json"), input);
    writeFileSync(
      join(folder, "tree.json"),
      JSON.stringify({ formatVersion: 1, nodes: [experimentNode("1")] }),
    );
    const stored = await refusedLater(openStoredRun(folder));
    if (stored === null) return;
    const { record } = stored;
    assert.equal(record.run, 1);
    const text = JSON.stringify(record);
    assert.equal(JSON.stringify(runRecordSchema.parse(JSON.parse(text))), text);
    preferenceOfRun(record);
  },
};
