import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import { pairsCsv } from "../../../src/cli/export/pairs-csv.ts";
import { pairRecordSchema, readPairRecords, seriesOf } from "../../../src/core/judging/pair.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { nodeViewOf } from "../../../src/dashboard/node-view.ts";
import { runRecordSchema } from "../../../src/store/run-record.ts";
import { measuredPair, runValues } from "../../core/judging/run-values.ts";
import { baselineWith } from "../../store/baseline-fixture.ts";
import { type FuzzTarget, textsOf } from "../target.ts";
import { RECORD } from "./run.ts";

const ID = parseId("1.1");
const METRICS = [
  { header: "time_ms (lower is better)", name: "time_ms", direction: "lower" },
  { header: "score", name: "score", direction: "higher" },
] as const;
const record = runRecordSchema.parse({ ...RECORD, baseline: baselineWith(METRICS) });

const LINES = [0, 1, 2, 3].map((pair) => {
  const parent = runValues({ values: [100 + pair, -5], sums: [300, 0.5], cpuMs: 12.5 });
  const child = runValues({ id: ID, values: [90, 1e9], sums: [270, 1], wallMs: 0 });
  const measured = measuredPair(parent, child, pair);
  return { at: "2026-03-01T12:00:00.000Z", purpose: "judge", ...measured };
});

/** What lies in a node's folder, its runs.jsonl above all: for show, for the page and for people's own plots. */
export const node: FuzzTarget = {
  name: "node",
  samples: textsOf(LINES.map((line) => `${JSON.stringify(line)}\n`).join("")),
  structure: "json-lines",
  words: [
    "\n",
    "{",
    "}",
    '"pair":0',
    '"counts":false',
    '"purpose":"guard"',
    '"values":[1]',
    '"id":"1"',
    "1e308",
    "-1e308",
  ],
  inputs: 175,
  async check(input) {
    const text = input.toString("utf8");
    const { records: pairs } = readPairRecords(text);
    for (const pair of pairs) assert.deepEqual(pairRecordSchema.parse(pair), pair);
    const series = seriesOf(pairs);
    assert.ok(series.reduce((sum, each) => sum + each.pairs, 0) <= pairs.length);
    const rows: unknown = parse(pairsCsv([{ run: 1, node: ID, metrics: METRICS, pairs }]));
    assert.ok(Array.isArray(rows) && rows.length === pairs.length + 1);
    // The same in every file of the folder.
    const view = await nodeViewOf({ record, readNodeFile: async () => input }, ID);
    for (const { dots, comparison } of view.pairs.entries)
      assert.equal(dots.length, comparison.pairs);
    // The page gets it as JSON, which has no infinity.
    JSON.stringify(view, (name, value: unknown) => {
      assert.ok(typeof value !== "number" || Number.isFinite(value), `${name} is ${value}`);
      return value;
    });
  },
};
