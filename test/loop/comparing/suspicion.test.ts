import { describe, expect, it } from "vitest";
import { readPairRecords } from "../../../src/core/judging/pair.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

const DOUBT =
  /; suspicious, as its runs say that they took \d+ ms less \(time_us\), but took \d+ ms (less|more)(, and \d+ ms (less|more) of CPU time)?$/;
const LIAR = parseId("1.1");

/** Takes about 400 ms, and prints a share of that, to this many microseconds. */
async function grown(stepUs = 1) {
  const program = costProgram();
  const project = await testProject({
    files: { "src/printed": "100\n" },
    program: {
      ...program,
      benchmark: (files, random) => {
        const durationMs = 400 + 8 * random.next();
        const printedUs = durationMs * 10 * Number(files["src/printed"]);
        const printed = stepUs * Math.round(printedUs / stepUs);
        const rows = [`iteration,time_us (lower is better)\n1,${printed}\n`];
        return { ...program.benchmark(files, random), durationMs, rows };
      },
    },
  });
  const agent = new IdeaAgent(({ id }) =>
    id === LIAR ? { write: { "src/printed": "50\n" } } : null,
  );
  await project.withRun(agent, "new", optimize);
  const stored = await project.stored(1);
  const pairs = readPairRecords(
    (await stored.readNodeFile(LIAR, "runs.jsonl"))?.toString() ?? "",
  ).records;
  return { project, liar: stored.nodes[1], pairs };
}

describe("a benchmark that prints half the time that it took", () => {
  it("is told as suspicious, and not confirmed by printing it again", async () => {
    const { project, liar } = await grown();
    expect(
      project.events.find((event) => event.type === "node_finished" && event.id === LIAR),
    ).toMatchObject({ verdict: "improved", reason: expect.stringMatching(DOUBT) });
    expect(liar).toMatchObject({ id: LIAR, suspicious: true, verdict: "inconclusive" });
    expect(liar?.reason).toMatch(/^its gain is only in what it prints: time_us .* faster /);
    expect(liar?.reason).toMatch(DOUBT);
    // Nor is it ranked by it.
    expect(liar?.logGainFromRoot).toEqual({ time_us: 0 });
  });

  it("is doubted by a clock so coarse that nothing varies, too", async () => {
    const { project, liar } = await grown(100_000);
    expect(
      project.events.find((event) => event.type === "node_finished" && event.id === LIAR),
    ).toMatchObject({ verdict: "improved", reason: expect.stringMatching(DOUBT) });
    expect(liar).toMatchObject({ suspicious: true, verdict: "inconclusive" });
    expect(liar?.reason).toMatch(/^its gain is only in what it prints: time_us 400000 to 200000,/);
  });

  it("has what the harness saw beside what it printed, for every pair", async () => {
    const { pairs } = await grown();
    const purposes = pairs.filter(({ counts }) => counts).map(({ purpose }) => purpose);
    expect(new Set(purposes)).toEqual(new Set(["judge", "confirm"]));
    for (const { parent, child } of pairs) {
      expect(child.sums[0]).toBeLessThan(0.75 * (parent.sums[0] ?? 0));
      expect(child.wallMs).toBeGreaterThan(390);
    }
  });
});
