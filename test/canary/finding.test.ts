import { describe, expect, it } from "vitest";
import {
  type CanaryFacts,
  type CanaryOutcome,
  canaryFindings,
  type EmptyWork,
  type PhaseFacts,
} from "../../src/canary/finding.ts";

const PHASE: PhaseFacts = {
  readable: ["oracle/a"],
  runsCode: true,
  signals: { "the command line": "make test", "the CPUs it may use": "0" },
};
const REFUSED: EmptyWork = {
  content: "nonsense",
  outcome: { kind: "refused", reason: "the build exited with 2" },
};
const GOOD: CanaryFacts = {
  hidden: ["oracle/a"],
  searchedContents: true,
  exposed: [],
  changed: [],
  planted: [{ what: "metrics in the build", refusal: "metrics.csv is the metrics file" }],
  left: [],
  verify: PHASE,
  benchmark: { ...PHASE, signals: { ...PHASE.signals, "the CPUs it may use": "1" } },
  forgedFirst: { kind: "unread", reason: "your benchmark's own 5 rows alone came out" },
  forgedLast: { kind: "read", unseen: [], flagged: ["time_ms"] },
  forgedShift: { kind: "read", unseen: [], flagged: ["time_ms"] },
  works: [REFUSED, { ...REFUSED, content: "nothing" }],
};

const outcomes = (facts: Partial<CanaryFacts>): CanaryOutcome[] =>
  canaryFindings({ ...GOOD, ...facts }).map(({ outcome }) => outcome);
/** The texts of what is not as in the good project. */
const changed = (facts: Partial<CanaryFacts>): [CanaryOutcome, string][] => {
  const before = canaryFindings(GOOD);
  return canaryFindings({ ...GOOD, ...facts }).flatMap((finding, i) =>
    JSON.stringify(finding) === JSON.stringify(before[i]) ? [] : [[finding.outcome, finding.text]],
  );
};

describe("canaryFindings", () => {
  it("believes nothing of a good project, and names what no wall can stop", () => {
    expect(outcomes({})).toEqual([
      "stopped",
      "open",
      "stopped",
      "stopped",
      "stopped",
      "stopped",
      "flagged",
      "flagged",
      "open",
      "stopped",
    ]);
    const [, given, , , , , , , told] = canaryFindings(GOOD);
    expect(given?.text).toBe(
      "your grader gives the hidden files to the code under test in verify and the benchmark (oracle/a); " +
        "no wall can stop that, as both run together",
    );
    expect(told?.text).toBe("code can tell verify from the benchmark by the CPUs it may use");
  });

  it("is a fault wherever a wall gives way", () => {
    expect(changed({ exposed: ["/a", "/b", "/c", "/d"] })).toEqual([
      ["believed", "they, or copies of them, can be read: /a, /b, /c and 1 more"],
    ]);
    expect(changed({ changed: ["Makefile"] })).toEqual([["believed", "it worked for Makefile"]]);
    expect(changed({ left: ["a process"] })).toEqual([
      ["believed", "a later container still had a process"],
    ]);
    expect(changed({ planted: [...GOOD.planted, { what: "k.o", refusal: null }] })).toEqual([
      ["believed", "it worked for k.o"],
    ]);
  });

  it("believes forged rows unless they are unread, or every metric that decides has been seen to lie", () => {
    const last = (unseen: string[], flagged: string[]) =>
      outcomes({ forgedLast: { kind: "read", unseen, flagged } })[6];
    expect(last([], ["time_ms"])).toBe("flagged");
    expect(last(["score"], ["time_ms"])).toBe("believed");
    expect(outcomes({ forgedFirst: { kind: "read", unseen: ["ops"], flagged: [] } })[5]).toBe(
      "believed",
    );
  });

  it("names a series where the sum of rows alone would have told", () => {
    const shifted = (forgedShift: CanaryFacts["forgedShift"], forgedLast = GOOD.forgedLast) => {
      const finding = canaryFindings({ ...GOOD, forgedShift, forgedLast })[7];
      return [finding?.outcome, finding?.advice?.includes("metrics.rows to samples") ?? false];
    };
    const time = { kind: "read", unseen: ["time_ms"], flagged: [] } as const;
    const score = { kind: "read", unseen: ["score"], flagged: [] } as const;
    expect(shifted(time)).toEqual(["believed", true]);
    expect(shifted(score, score)).toEqual(["believed", false]);
    expect(shifted(GOOD.forgedLast)).toEqual(["flagged", false]);
    expect(shifted({ kind: "unread", reason: "one row" })).toEqual(["stopped", false]);
  });

  it("takes any passing of nonsense or of empty files for a blind grader", () => {
    const outcome = { kind: "passed", verified: true, benchmark: "gives time_ms 5" } as const;
    for (const content of ["nonsense", "nothing"] as const) {
      const works = GOOD.works.map((work) =>
        work.content === content ? { content, outcome } : work,
      );
      expect(outcomes({ works })[9]).toBe("believed");
    }
    const works = [{ content: "nothing", outcome: { ...outcome, verified: false } }] as const;
    expect(canaryFindings({ ...GOOD, verify: null, works }).at(-1)).toMatchObject({
      outcome: "believed",
      text: "empty files: nothing verifies, and the benchmark gives time_ms 5",
      advice: "write a commands.verify that compares results: without it wrong code may win",
    });
  });

  it("has nothing to say against outputs that are graded where no code of an agent runs", () => {
    const apart = { ...PHASE, runsCode: false };
    const forged = { kind: "read", unseen: ["sum"], flagged: [] } as const;
    const forgeries = { forgedLast: forged, forgedShift: forged };
    expect(outcomes({ verify: apart, benchmark: apart, ...forgeries })).toEqual(
      Array.from({ length: 10 }, () => "stopped"),
    );
    // Code that runs in verify alone reads there what the benchmark keeps to itself.
    expect(changed({ benchmark: apart, ...forgeries })[0]?.[1]).toContain("in verify (oracle/a)");
  });

  it("does not try what there is not", () => {
    const phase = { ...PHASE, readable: [] };
    const nothing = outcomes({ hidden: [], verify: null, benchmark: phase });
    expect([nothing[0], nothing[1], nothing[8]]).toEqual(["not_tried", "not_tried", "not_tried"]);
  });
});
