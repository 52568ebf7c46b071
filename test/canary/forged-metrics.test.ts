import { describe, expect, it } from "vitest";
import {
  forgeRows,
  holdsForged,
  type Judging,
  judgeForgery,
  judgeShift,
  saidByRows,
} from "../../src/canary/forged-metrics.ts";
import { readMetricsTable } from "../../src/core/metrics/table.ts";

const HEADER = "iteration,time_ms (lower is better),score,loss (lower is better)";
const tableOf = (...rows: string[]) => {
  const reading = readMetricsTable([HEADER, ...rows].join("\n"));
  if (reading.kind === "invalid") throw new Error(reading.reason);
  return reading.table;
};
const SAMPLES = {
  rowRule: { kinds: ["samples", "samples", "samples"], warmupRows: 0, addsUp: [] },
  aggregates: ["median", "median", "median"],
  weights: null,
  outside: [],
} as const;
const OWN = tableOf("1,50,8,-4", "2,60,0,0");

describe("forged metrics", () => {
  it("are twice as good in every column, and a file that is read like any other", () => {
    const { lines } = forgeRows(HEADER, OWN);
    expect(lines).toEqual([HEADER, "1,25,16,-8", "2,30,1,-1"]);
    expect(readMetricsTable(lines.join("\n"))).toMatchObject({ kind: "table" });
  });

  it("are no forgery of what loopty counts itself", () => {
    const table = tableOf("1,50,8,-4");
    const judging = { ...SAMPLES, outside: ["time_ms"] };
    expect(saidByRows(table, ["time_ms"])).toEqual({
      metrics: table.metrics.slice(1),
      rows: [{ iteration: 1, values: [8, -4] }],
    });
    expect(judgeForgery({ table, wallMs: 1000, cpuMs: 900 }, table, judging)).toEqual({
      kind: "unread",
      reason: "loopty itself counts what decides, whatever the rows say",
    });
    expect(judgeShift({ table, wallMs: 1000, cpuMs: 900 }, judging)).toMatchObject({
      kind: "unread",
    });
  });

  it("are known again among rows that came out", () => {
    const forged = forgeRows(HEADER, OWN);
    expect(holdsForged(OWN, forged)).toBe(false);
    expect(holdsForged(tableOf("1,50,8,-4", "2,30,1,-1"), forged)).toBe(true);
    expect(holdsForged(tableOf("1,25,16,-4", "3,30,1,-1"), forged)).toBe(false);
  });

  it("fit into a shell's argument, however many rows there are", () => {
    const many = tableOf(...Array.from({ length: 9000 }, (_, i) => `${i},50,8,-4`));
    const { lines, rows } = forgeRows(HEADER, many);
    expect(lines.join("\n").length).toBeLessThanOrEqual(32 * 1024);
    expect(lines.length).toBe(rows.length + 1);
    expect(rows.length).toBeGreaterThan(1000);
  });

  it("are seen through where they are time that the run took all the same", () => {
    const judge = (ms: number, weights: Record<string, number> | null = null) =>
      judgeForgery(
        { table: tableOf(`1,${ms},8,-4`), wallMs: 1000, cpuMs: 900 },
        tableOf(`1,${ms / 2},16,-8`),
        { ...SAMPLES, weights },
      );
    expect(judge(900)).toEqual({ kind: "read", unseen: [], flagged: ["time_ms"] });
    // Half of 150 ms is lost in the rest of the run.
    expect(judge(150)).toEqual({ kind: "read", unseen: ["time_ms"], flagged: [] });
    expect(judge(900, { score: 1, time_ms: 2 })).toEqual({
      kind: "read",
      unseen: ["score"],
      flagged: ["time_ms"],
    });
  });

  describe("whose sum stays, as one row takes what the others shed", () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i},${100 + i},${8 + i},-4`);
    const judge = (judging: Partial<Judging> = {}, table = tableOf(...rows)) =>
      judgeShift({ table, wallMs: 1000, cpuMs: 950 }, { ...SAMPLES, ...judging });
    const flagged = { kind: "read", unseen: [], flagged: ["time_ms"] };
    const unseen = { kind: "read", unseen: ["time_ms"], flagged: [] };

    it("are seen through where the value that is compared claims as much for each row", () => {
      expect(judge()).toEqual(flagged);
      expect(judge({ aggregates: ["min", "min", "min"] })).toEqual(flagged);
      expect(judge({ rowRule: { ...SAMPLES.rowRule, warmupRows: 1 } })).toEqual(flagged);
    });

    it("are not where the rows are a series, or no time", () => {
      const series = { kinds: ["series", "series", "series"], warmupRows: 0, addsUp: [] } as const;
      const lastMean = ["lastMean", "lastMean", "lastMean"] as const;
      expect(judge({ rowRule: series, aggregates: lastMean })).toEqual(unseen);
      expect(judge({ weights: { score: 1, time_ms: 1 } })).toEqual({
        kind: "read",
        unseen: ["score"],
        flagged: ["time_ms"],
      });
    });

    it("gain nothing by their mean, nor where there are one or two", () => {
      const reason = (count: string) => ({
        kind: "unread",
        reason: `with ${count} of yours no value gains while the sum stays`,
      });
      expect(judge({ aggregates: ["mean", "mean", "mean"] })).toEqual(reason("9 rows"));
      expect(judge({}, tableOf("1,900,8,-4"))).toEqual(reason("1 row"));
      expect(judge({}, tableOf("1,400,8,-4", "2,500,8,-4"))).toEqual(reason("2 rows"));
    });
  });
});
