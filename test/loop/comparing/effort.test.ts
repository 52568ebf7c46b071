import { describe, expect, it } from "vitest";
import { optimize } from "../../../src/loop/optimize.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

/** Children of the baseline on a noisy machine: the first and the last are better, the others change nothing. */
async function verdictsWith(yaml: string) {
  const project = await testProject({ yaml, program: costProgram({ sigma: 0.02 }) });
  const agent = new IdeaAgent(({ id }) => {
    const child = Number(/^1\.(\d+)$/.exec(id)?.[1] ?? 100);
    if (child > 6) return null;
    const cost = child === 1 || child === 6 ? 70 : 100;
    return { write: { "src/cost": `${cost}\n`, "src/note": `${1 + child / 1e9}\n` } };
  });
  await project.withRun(agent, "new", optimize);
  const { nodes } = await project.stored(1);
  return nodes.slice(1).map(({ evidence }) => ({
    rule: evidence?.rule,
    pairs: evidence?.pairs,
    isLimited: evidence?.giveUpBelow !== null,
  }));
}

const SEARCH = "search: { policy: breadth }\nrate_limit: { experiments: none }\n";

describe("search.effort", () => {
  it("gives up what shows little where time is short, and finds gains as ever", async () => {
    const verdicts = await verdictsWith(`${SEARCH}budget: { time: 8m }\n`);
    const [first, ...others] = verdicts;
    // What an experiment costs is not known before the first one.
    expect(first).toEqual({ rule: "screen", pairs: 2, isLimited: false });
    expect(others.at(-1)).toEqual({ rule: "screen", pairs: 2, isLimited: true });
    const noOps = others.slice(0, -1);
    expect(noOps.map(({ rule }) => rule)).toEqual(Array(4).fill("given_up"));
    expect(Math.max(...noOps.map(({ pairs = 0 }) => pairs))).toBeLessThan(6);
  });

  it("judges to the end where only experiments are limited, or where it is told to", async () => {
    for (const limits of ["", "budget: { time: 8m }\n"]) {
      const search =
        limits === "" ? SEARCH : SEARCH.replace("breadth", "breadth, effort: thorough");
      const verdicts = await verdictsWith(`${search}${limits}`);
      expect(verdicts.some(({ isLimited }) => isLimited)).toBe(false);
      expect(verdicts.map(({ rule }) => rule)).not.toContain("given_up");
    }
  });
});
