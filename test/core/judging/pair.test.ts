import { describe, expect, it } from "vitest";
import { type PairRecord, readPairRecords } from "../../../src/core/judging/pair.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { measuredPair, runValues } from "./run-values.ts";

const record: PairRecord = {
  at: "2026-01-01T00:00:02.000Z",
  purpose: "judge",
  ...measuredPair(
    runValues({ values: [12.5], sums: [25], rows: 2, cpuMs: 900.25, stealMs: 0 }),
    runValues({ id: parseId("1.1"), values: [10], sums: [20], rows: 2 }),
  ),
};

describe("readPairRecords", () => {
  it("reads what was written", () => {
    const redone: PairRecord = { ...record, pair: 2, counts: false, contamination: "it was" };
    const text = [record, redone].map((line) => `${JSON.stringify(line)}\n`).join("");
    expect(readPairRecords(text)).toEqual({ records: [record, redone], lostLines: 0 });
  });

  it("leaves out lines that were cut off, and those of another version", () => {
    const line = JSON.stringify(record);
    const other = JSON.stringify({ ...record, parent: { ...record.parent, wallMs: -1 } });
    expect(readPairRecords(`${line}\n${other}\nnull\n\n${line.slice(0, -9)}`)).toEqual({
      records: [record],
      lostLines: 3,
    });
    expect(readPairRecords("")).toEqual({ records: [], lostLines: 0 });
  });
});
