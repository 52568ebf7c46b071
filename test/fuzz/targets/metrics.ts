import assert from "node:assert/strict";
import { MetricsStream } from "../../../src/core/metrics/stream.ts";
import { type MetricsReading, readMetricsTable } from "../../../src/core/metrics/table.ts";
import { printable } from "../../../src/core/text/printable.ts";
import { cut, type FuzzTarget, textsOf } from "../target.ts";

/** What a benchmark writes: as a whole, and as it grows. */
export const metrics: FuzzTarget = {
  name: "metrics",
  samples: textsOf(
    "iteration,time_ms (lower is better),rss_kb\n0,12.5,4096\n1,12.25,4100\n2,1e3,-0.5\n",
    '\ufeffn,"größe, higher is better","a ""b"""\r\n\r\n1,"2", 3 \r\n5,4,5',
    "epoch,loss lower_is_better\n1,0.9\n2,0.7\n3,0.65\n",
  ),
  structure: "bytes",
  words: [
    "\n",
    "\r\n",
    ",",
    '"',
    '""',
    "lower is better",
    "(higher is better)",
    "1,2\n",
    "9,9,9\n",
    "inf",
  ],
  inputs: 2250,
  check(input, random) {
    const reading = readMetricsTable(input);
    checkReading(reading);
    const stream = new MetricsStream();
    const rows = cut(input, random).flatMap((chunk) => stream.push(chunk));
    rows.push(...stream.end());
    const before =
      reading.kind === "table" ? reading : readMetricsTable(linesOf(input, reading.line - 1));
    assert.deepEqual(rows, before.kind === "table" ? before.table.rows : []);
    if (reading.kind === "table") assert.deepEqual(stream.metrics, reading.table.metrics);
  },
};

function checkReading(reading: MetricsReading): void {
  if (reading.kind === "invalid") {
    const { line, column, reason } = reading;
    assert.ok(line >= 1 && reason !== "");
    for (const text of [reason, column ?? ""]) assert.equal(printable(text, 10_000), text);
    return;
  }
  const { metrics, rows } = reading.table;
  assert.ok(metrics.length > 0 && rows.length > 0);
  assert.equal(new Set(metrics.map(({ name }) => name)).size, metrics.length);
  for (const { header, name } of metrics) {
    assert.ok(name !== "" && name !== "__proto__");
    assert.equal(printable(header), header);
    assert.equal(printable(name), name);
  }
  let last = -1;
  for (const { iteration, values } of rows) {
    assert.ok(Number.isSafeInteger(iteration) && iteration > last);
    assert.equal(values.length, metrics.length);
    for (const value of values) assert.ok(Number.isFinite(value) && !Object.is(value, -0));
    last = iteration;
  }
}

/** The first so many lines. */
function linesOf(bytes: Buffer, count: number): Buffer {
  let end = 0;
  for (let i = 0; i < count; i++) end = bytes.indexOf("\n", end) + 1;
  return bytes.subarray(0, end);
}
