import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ClaimedRun,
  isSuspicious,
  unseenClaims,
  unseenText,
} from "../../../src/core/judging/doubt.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import type { RowKind } from "../../../src/core/metrics/row-rule.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { metricOf } from "../../agent/experiment-node.ts";
import { measuredPair, runValues } from "./run-values.ts";

describe("isSuspicious", () => {
  const compared = (...gains: number[]) => ({
    against: parseId("1"),
    pairs: 6,
    metrics: gains.map((gain, i) => metricOf(`m${i}`, gain)),
  });

  it("is a gain of more than the factor, on any metric", () => {
    expect(isSuspicious(compared(2.01), 3)).toBe(true);
    expect(isSuspicious(compared(2), 3)).toBe(false);
    expect(isSuspicious(compared(0.1, 9), 3)).toBe(true);
    expect(isSuspicious(compared(-0.9), 3)).toBe(false);
  });
});

describe("unseenClaims", () => {
  const TIME = readHeader("time_ms (lower is better)");
  const NOISE = [-9, 11, 4, -3, 8, -6];
  interface Took {
    readonly printedMs: number;
    readonly wallMs: number;
    readonly cpuMs?: number | null;
  }
  /** Pairs of a run of 300 ms, 60 ms of it start and end, and a child's. */
  const pairs = (child: Took, parent: Took = { printedMs: 240, wallMs: 300 }, count = 6) =>
    NOISE.slice(0, count).map((noise, i) => {
      const run = ({ printedMs, wallMs, cpuMs = wallMs }: Took, ms: number) =>
        runValues({
          values: [printedMs / 2],
          sums: [printedMs + ms],
          wallMs: wallMs + ms,
          cpuMs: cpuMs === null ? null : cpuMs + ms,
        });
      return measuredPair(run(parent, noise), run(child, NOISE[(i + 1) % NOISE.length] ?? 0));
    });

  /** Durations of which only the parent's runs tell whether they add up. */
  const rowsAre = (kind: RowKind) => ({ kinds: [kind], addsUp: [] });

  it("is a benchmark that prints half the time that it took", () => {
    const claims = unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 300 }));
    expect(claims).toEqual([{ metric: "time_ms", claimedMs: 125, wallMs: 5, cpuMs: 5 }]);
    expect(claims.map(unseenText)).toEqual([
      "its runs say that they took 125 ms less (time_ms), but took 5 ms less, and 5 ms less of CPU time",
    ]);
    expect(unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 330 })).map(unseenText)).toEqual([
      "its runs say that they took 125 ms less (time_ms), but took 25 ms more, and 25 ms more of CPU time",
    ]);
  });

  it("is one that saved a third of what it says, and none that saved two thirds", () => {
    expect(unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 260 }))).toHaveLength(1);
    expect(unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 220 }))).toEqual([]);
  });

  it("is not one whose time or CPU time shrank as it says, whatever its start and end cost", () => {
    expect(unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 180 }))).toEqual([]);
    expect(unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 180, cpuMs: 500 }))).toEqual([]);
    expect(unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 300, cpuMs: 180 }))).toEqual([]);
    const longStart = { printedMs: 240, wallMs: 1200 };
    expect(unseenClaims([TIME], pairs({ printedMs: 60, wallMs: 1020 }, longStart))).toEqual([]);
  });

  it("goes by the wall time alone where the CPU time is not known", () => {
    const claims = unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 300, cpuMs: null }));
    expect(claims).toEqual([{ metric: "time_ms", claimedMs: 125, wallMs: 5, cpuMs: null }]);
    expect(claims.map(unseenText)).toEqual([
      "its runs say that they took 125 ms less (time_ms), but took 5 ms less",
    ]);
  });

  it("says nothing of claims that are a small part of the run", () => {
    expect(unseenClaims([TIME], pairs({ printedMs: 220, wallMs: 300 }))).toEqual([]);
    // A benchmark of fixed length that prints the mean time of what it repeats.
    const repeated = { printedMs: 25, wallMs: 300 };
    expect(unseenClaims([TIME], pairs({ ...repeated, printedMs: 5 }, repeated))).toEqual([]);
  });

  it("says nothing of durations that overlap, of other metrics, and of few pairs", () => {
    const overlapping = { printedMs: 400, wallMs: 300 };
    expect(unseenClaims([TIME], pairs({ ...overlapping, printedMs: 200 }, overlapping))).toEqual(
      [],
    );
    for (const header of ["bytes (lower is better)", "ms/op (lower is better)", "time_ms"]) {
      const lie = pairs({ printedMs: 120, wallMs: 300 });
      expect(unseenClaims([readHeader(header)], lie)).toEqual([]);
    }
    expect(unseenClaims([TIME], pairs({ printedMs: 120, wallMs: 300 }, undefined, 5))).toEqual([]);
  });

  it("says nothing of a rate: counted over a fixed time, no gain of it makes a run shorter", () => {
    const headers = ["words_per_s", "ops/s (higher is better)", "MB/s", "rate_hz", "req/s, s"];
    fc.assert(
      fc.property(
        fc.constantFrom(...headers),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (header, factor) => {
          const faster = pairs({ printedMs: 240, wallMs: 300 }).map((pair) => ({
            parent: { ...pair.parent, values: [1000], sums: [1000] },
            child: { ...pair.child, values: [1000 * factor], sums: [1000 * factor] },
          }));
          expect(unseenClaims([readHeader(header)], faster, rowsAre("samples"))).toEqual([]);
        },
      ),
    );
  });

  it("is the same in any unit of time", () => {
    const units = { time_ns: 1e6, time_us: 1e3, time_ms: 1, time_s: 1e-3 };
    const inUnit = (run: ClaimedRun, factor: number): ClaimedRun => ({
      ...run,
      values: run.values.map((value) => value * factor),
      sums: run.sums.map((sum) => sum * factor),
    });
    // Doubles: what lies on a threshold may be rounded to either side of it.
    const ms = fc.double({ min: 20, max: 320, noNaN: true });
    const took = fc.record({ printedMs: ms, wallMs: ms });
    fc.assert(
      fc.property(took, fc.constantFrom<RowKind>("samples", "series"), (child, kind) => {
        const found = Object.entries(units).map(([name, factor]) => {
          const measured = pairs(child).map((pair) => ({
            parent: inUnit(pair.parent, factor),
            child: inUnit(pair.child, factor),
          }));
          const claims = unseenClaims(
            [readHeader(`${name} (lower is better)`)],
            measured,
            rowsAre(kind),
          );
          return claims.map(({ claimedMs }) => Math.round(claimedMs));
        });
        expect(new Set(found.map((claims) => claims.join())).size).toBe(1);
      }),
    );
  });

  it("is a median that shrank while one row took what the others shed, of samples only", () => {
    const moved = pairs({ printedMs: 240, wallMs: 300 }).map((pair) => ({
      ...pair,
      parent: { ...pair.parent, rows: 5, values: [48] },
      child: { ...pair.child, rows: 5, values: [24] },
    }));
    expect(unseenClaims([TIME], moved, rowsAre("samples"))).toEqual([
      { metric: "time_ms", claimedMs: 120, wallMs: 5, cpuMs: 5 },
    ]);
    expect(unseenClaims([TIME], moved, rowsAre("series"))).toEqual([]);
  });

  it("is not freed of doubt by a parent whose rows say more than its run took, where the baseline's did not", () => {
    const freeing = pairs({ printedMs: 120, wallMs: 300 }).map((pair) => ({
      ...pair,
      parent: { ...pair.parent, sums: [pair.parent.wallMs * 1000] },
    }));
    expect(unseenClaims([TIME], freeing)).toEqual([]);
    expect(unseenClaims([TIME], freeing, { kinds: ["series"], addsUp: [true] })).toEqual([
      { metric: "time_ms", claimedMs: 199.95, wallMs: 5, cpuMs: 5 },
    ]);
    expect(unseenClaims([TIME], freeing, { kinds: ["series"], addsUp: [false] })).toEqual([]);
  });

  it("is what a lie in a part of the runs is credited with, where the median claims nothing", () => {
    const mixed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => {
      const lies = i % 5 < 2;
      const run = (printedMs: number) => runValues({ sums: [printedMs], wallMs: 300, cpuMs: 300 });
      return measuredPair(run(240), run(lies ? 24 : 240), i);
    });
    expect(unseenClaims([TIME], mixed, rowsAre("series"))).toEqual([
      { metric: "time_ms", claimedMs: expect.closeTo(164.1, 1), wallMs: 0, cpuMs: 0 },
    ]);
  });

  it("leaves rows that only the parent has out of what is claimed and of what was seen", () => {
    const shorter = pairs({ printedMs: 60, wallMs: 180 }).map((pair) => ({
      ...pair,
      parent: { ...pair.parent, rows: 4, beyond: { rows: 2, sums: [120] } },
      child: { ...pair.child, rows: 2 },
    }));
    // It did half of the work, and says that this half took half the time.
    expect(unseenClaims([TIME], shorter, rowsAre("series"))).toEqual([
      { metric: "time_ms", claimedMs: expect.closeTo(65, 0), wallMs: 5, cpuMs: 5 },
    ]);
    const honest = shorter.map((pair) => ({
      ...pair,
      child: { ...pair.child, wallMs: 118, cpuMs: 118 },
    }));
    expect(unseenClaims([TIME], honest, rowsAre("series"))).toEqual([]);
  });

  it("gives the benefit of the doubt to noise", () => {
    const noisy = pairs({ printedMs: 120, wallMs: 300 }).map((pair, i) => ({
      ...pair,
      child: { ...pair.child, wallMs: pair.child.wallMs - (i % 2) * 140 },
    }));
    expect(unseenClaims([TIME], noisy)).toEqual([]);
  });
});
