import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MetricsRow } from "../../../src/core/metrics/row-reader.ts";
import { MetricsStream } from "../../../src/core/metrics/stream.ts";
import { readMetricsTable } from "../../../src/core/metrics/table.ts";

function pushAll(stream: MetricsStream, bytes: Buffer, cuts: readonly number[]): MetricsRow[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  const rows = ends.flatMap((end) => {
    // The owner of a chunk may use its memory again.
    const chunk = Buffer.from(bytes.subarray(start, end));
    start = end;
    const complete = stream.push(chunk);
    chunk.fill(0x2c);
    return complete;
  });
  return [...rows, ...stream.end()];
}

const cuts = fc.array(fc.nat({ max: 10_000 }), { maxLength: 40 });

describe("MetricsStream", () => {
  it("gives each row as soon as its line is complete", () => {
    const stream = new MetricsStream();
    expect(stream.push(Buffer.from("n,größe (low"))).toEqual([]);
    expect(stream.metrics).toBeNull();
    expect(stream.push(Buffer.from("er is better)\n1,2\n2,3"))).toEqual([
      { iteration: 1, values: [2] },
    ]);
    expect(stream.metrics).toMatchObject([{ name: "größe", direction: "lower" }]);
    expect(stream.push(Buffer.from("5\n3,4\n4"))).toEqual([
      { iteration: 2, values: [35] },
      { iteration: 3, values: [4] },
    ]);
    expect(stream.push(Buffer.from(",9"))).toEqual([]);
    expect(stream.end()).toEqual([{ iteration: 4, values: [9] }]);
  });

  it("gives the same rows as reading at once, however the file is cut", () => {
    const row = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 2,
      maxLength: 2,
    });
    const layout = fc.record({
      newline: fc.constantFrom("\n", "\r\n"),
      mark: fc.constantFrom("", "\uFEFF"),
      quote: fc.constantFrom("", '"'),
      last: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), layout, cuts, (values, l, where) => {
        const lines = values.map((cells, i) =>
          [i, ...cells].map((c) => `${l.quote}${c}${l.quote}`),
        );
        const text = ["n,größe,€ (lower is better)", ...lines].join(l.newline);
        const bytes = Buffer.from(`${l.mark}${text}${l.last ? l.newline : ""}`);
        const reading = readMetricsTable(bytes);
        expect(reading).toMatchObject({
          kind: "table",
          table: { rows: pushAll(new MetricsStream(), bytes, where) },
        });
      }),
    );
  });

  it("gives the same rows of a broken file however it is cut, and none from the fault on", () => {
    const line = fc.constantFrom("1,2", "2,3", '3,"4"', "4,x", '5,"6', "7,8,9", "n,a", "", "é,1");
    fc.assert(
      fc.property(fc.array(line), cuts, (lines, where) => {
        const bytes = Buffer.from(["n,a", ...lines].join("\n"));
        const rows = pushAll(new MetricsStream(), bytes, where);
        const reading = readMetricsTable(bytes);
        const valid =
          reading.kind === "table"
            ? bytes
            : Buffer.from(["n,a", ...lines].slice(0, reading.line - 1).join("\n"));
        const before = readMetricsTable(valid);
        expect(rows).toEqual(before.kind === "table" ? before.table.rows : []);
      }),
    );
  });

  it("falls silent at the first invalid line", () => {
    const stream = new MetricsStream();
    expect(stream.push(Buffer.from("n,a\n1,2\n1,3\n2,4\n"))).toEqual([
      { iteration: 1, values: [2] },
    ]);
    expect(stream.push(Buffer.from("3,5\n"))).toEqual([]);
    expect(stream.end()).toEqual([]);
  });

  it("falls silent at a row that is too long, complete or not", () => {
    const limits = { rows: 10, rowBytes: 8 };
    const stream = new MetricsStream(limits);
    expect(stream.push(Buffer.from("n,a\n1,234567\n"))).toHaveLength(1);
    expect(stream.push(Buffer.from("2,3456789"))).toEqual([]);
    expect(stream.push(Buffer.from("\n3,4\n"))).toEqual([]);
    expect(new MetricsStream(limits).push(Buffer.from("n,a\n1,2345678\n2,3\n"))).toEqual([]);
  });

  it("puts a long line together again", () => {
    const stream = new MetricsStream();
    const text = `n,a\n1,${" ".repeat(5000)}2\n2,${"0".repeat(3000)}3\n`;
    const rows = Array.from(text, (character) => stream.push(Buffer.from(character))).flat();
    expect(rows).toEqual([
      { iteration: 1, values: [2] },
      { iteration: 2, values: [3] },
    ]);
  });

  it("holds no more than one line, however much comes without an end", () => {
    const stream = new MetricsStream();
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(64 * 1024, " ");
    for (let i = 0; i < 1000; i++) stream.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});
