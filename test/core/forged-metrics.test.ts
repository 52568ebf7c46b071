import { describe, expect, it } from "vitest";
import { forgeRows, holdsForged, judgeForgery } from "../../src/core/forged-metrics.ts";
import { readMetricsTable } from "../../src/core/metrics-table.ts";

const HEADER = "iteration,time_ms (lower is better),score,loss (lower is better)";
const tableOf = (...rows: string[]) => {
  const reading = readMetricsTable([HEADER, ...rows].join("\n"));
  if (reading.kind === "invalid") throw new Error(reading.reason);
  return reading.table;
};
const OWN = tableOf("1,50,8,-4", "2,60,0,0");

describe("forged metrics", () => {
  it("are twice as good in every column, and a file that is read like any other", () => {
    const { lines } = forgeRows(HEADER, OWN);
    expect(lines).toEqual([HEADER, "1,25,16,-8", "2,30,1,-1"]);
    expect(readMetricsTable(lines.join("\n"))).toMatchObject({ kind: "table" });
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
        weights,
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
});
