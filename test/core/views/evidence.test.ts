import { describe, expect, it } from "vitest";
import { compare } from "../../../src/core/judging/comparison.ts";
import { type JudgeOptions, sequentialJudge } from "../../../src/core/judging/judge.ts";
import type { PairSeries } from "../../../src/core/judging/pair.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { evidenceFields, type RawPairs, standingRows } from "../../../src/core/views/evidence.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import {
  BYTES,
  type Column,
  calibrationOf,
  decided,
  exactly,
  gains,
  pairsOf,
  TIME,
  timed,
} from "../judging/pair-fixtures.ts";

const METRICS = [TIME, BYTES];
const CALIBRATION = calibrationOf({ time_ms: 0.01, bytes: "exact" });
const EXACT = calibrationOf({ time_ms: "exact", bytes: "exact" });
const PARENT = parseId("1");

/** A node as these columns of pairs were judged. */
function judged(
  columns: readonly Column[],
  fields: Partial<Omit<ExperimentNode, "id" | "parent">> = {},
  options: Partial<JudgeOptions & { readonly maxPairs: number }> = {},
): ExperimentNode {
  const all = pairsOf(...columns);
  const judge = sequentialJudge({ metrics: METRICS, calibration: CALIBRATION, ...options });
  const decision = decided(judge.decide(all));
  const { verdict, evidence, unverified } = decision;
  const comparison = compare(METRICS, all.slice(0, evidence.pairs), PARENT);
  return experimentNode("1.1", { verdict, evidence, unverified, comparison, ...fields });
}

function fieldsOf(node: ExperimentNode, raw: RawPairs | null = null): Record<string, string> {
  return Object.fromEntries(evidenceFields(node, METRICS, raw));
}

const FASTER = [timed(...gains([0.05], 24)), exactly(512, 512, 24)];

describe("evidenceFields", () => {
  it("explains a gain that a look has proven", () => {
    const series = (purpose: PairSeries["purpose"], counted: number): PairSeries => ({
      purpose,
      against: PARENT,
      pairs: counted + 2,
      counted,
      parentFirst: 4,
      discarded: 1,
    });
    const raw = {
      file: ".loopty/runs/1/nodes/1.1/runs.jsonl",
      series: [series("judge", 6)],
      lostLines: 0,
    };
    expect(fieldsOf(judged(FASTER), raw)).toEqual({
      measured:
        "6 of at most 24 pairs against 1, in random order, the parent first in 4; one more to warm up; 1 disturbed pair measured again",
      estimate:
        "time_ms -4.8 % (Hodges-Lehmann), 97 % interval -4.8 % to -4.8 % (Walsh averages), not corrected for earlier looks",
      test: "exact signed-rank for better: p 0.01563 at look 1 of 5, 0.0157 being enough; looks after 6, 9, 13, 18, 24 pairs",
      stopped: "the test passed at a look, and the estimate reaches metrics.min_effect",
      state:
        "provisional: to be confirmed by fresh pairs before much is built on it or it is claimed",
      "raw pairs": ".loopty/runs/1/nodes/1.1/runs.jsonl (8 to judge; warm-up pairs included)",
    });
    expect(fieldsOf(judged(FASTER), { ...raw, lostLines: 2 })["raw pairs"]).toBe(
      ".loopty/runs/1/nodes/1.1/runs.jsonl (8 to judge; warm-up pairs included); 2 lines cannot be read",
    );
    expect(fieldsOf(judged(FASTER))).toMatchObject({
      measured: "6 of at most 24 pairs against 1, in random order",
      "raw pairs": "",
    });
  });

  it("says what doubts there are, and what confirmation made of a gain", () => {
    const stateOf = (fields: Partial<ExperimentNode>, raw: RawPairs | null = null) =>
      fieldsOf(judged(FASTER, fields), raw).state;
    expect(stateOf({ suspicious: true, unverified: true })).toBe(
      "provisional: to be confirmed by fresh pairs before anything is built on it or it is claimed; suspicious; " +
        "unverified: too few pairs for an exact test",
    );
    expect(stateOf({ verdict: "confirmed" })).toBe(
      "confirmed: these are fresh pairs alone, held against a stricter level than the first",
    );
    const confirmed: PairSeries = {
      purpose: "confirm",
      against: PARENT,
      pairs: 7,
      counted: 6,
      parentFirst: 3,
      discarded: 0,
    };
    expect(stateOf({ verdict: "no_gain" }, { file: "f", series: [confirmed], lostLines: 0 })).toBe(
      "not confirmed: a first gain did not come back in these fresh pairs",
    );
    expect(stateOf({ verdict: "tie" })).toBe("final");
  });

  it("names no test where none was made, and the looks where none passed", () => {
    const larger = judged([exactly(1, 1, 1), exactly(512, 600, 1)], {}, { calibration: EXACT });
    expect(fieldsOf(larger)).toMatchObject({
      estimate: "bytes +17.2 % (Hodges-Lehmann), of one pair",
      test: "",
      stopped: "values without noise differ: one pair is enough to lose, two to win",
    });
    const lost = judged([timed(-0.1, -0.12), exactly(1, 1, 2)]);
    expect(fieldsOf(lost)).toMatchObject({
      test: "",
      stopped: "both of the first two pairs are far beyond what noise does here",
    });
    const few = judged([timed(0.1, 0.1, 0.1), exactly(1, 1, 3)], {}, { maxPairs: 3 });
    expect(fieldsOf(few)).toMatchObject({ test: "none, as too few pairs were affordable for one" });
    const faded = [0.02, -0.001, 0.015, -0.002, 0.0155, -0.003, -0.004, -0.005, -0.0045];
    expect(fieldsOf(judged([timed(...faded), exactly(1, 1, 9)])).test).toBe(
      "none passed; looks after 6, 9, 13, 18, 24 pairs",
    );
  });

  it("names neither test nor looks where it ended before the first", () => {
    const same = judged([timed(...gains([-0.001, 0.001], 24)), exactly(1, 1, 24)]);
    expect(same.evidence?.pairs).toBe(4);
    expect(fieldsOf(same)).toMatchObject({
      test: "",
      stopped: "a gain worth having is not in sight, so more pairs are not worth their time",
    });
  });

  it("has nothing to say of what was never measured", () => {
    expect(
      evidenceFields(experimentNode("1.1", { verdict: "build_failed" }), METRICS, null),
    ).toEqual([]);
  });
});

describe("standingRows", () => {
  const rowsOf = ({ evidence, comparison }: ExperimentNode) =>
    comparison === null ? [] : standingRows(evidence?.standings ?? [], comparison, METRICS);

  it("has a row for each metric, with what is proven about its loss", () => {
    expect(rowsOf(judged(FASTER))).toEqual([
      ["metric", "better", "value", "1", "gain", "interval", "level", "p", "margin"],
      [
        "time_ms",
        "lower",
        "95.71",
        "100.5",
        "-4.8 %",
        "-4.8 % to -4.8 %",
        "97 %",
        "0.01563",
        "1.0 %, kept",
      ],
      ["bytes", "lower", "512", "512", "0.0 %", "exact", "", "", "none, kept"],
    ]);
    const doubtful = judged([timed(-0.1, -0.12), exactly(512, 500, 2)]);
    expect(rowsOf(doubtful).map((row) => row.at(-1))).toEqual([
      "margin",
      "1.0 %, not shown",
      "none, kept",
    ]);
  });

  it("has one for the weighted score", () => {
    const rows = rowsOf(judged(FASTER, {}, { weights: { time_ms: 1 } }));
    expect(rows.map(([name]) => name)).toEqual(["metric", "time_ms", "bytes", "weighted score"]);
    expect(rows[3]?.slice(1, 5)).toEqual(["", "", "", "+5.0 %"]);
  });

  it("escapes the names that a benchmark gave", () => {
    const hostile = { ...TIME, name: "a\x1b[2J" };
    const [standing] = judged(FASTER).evidence?.standings ?? [];
    if (standing === undefined) throw new Error("no standing");
    const comparison = compare([hostile], pairsOf(...FASTER), PARENT);
    const rows = standingRows([{ ...standing, of: hostile.name }], comparison, [hostile]);
    expect(rows[1]?.[0]).toBe("a\\x1b[2J");
  });
});
