import { describe, expect, it } from "vitest";
import { runBaseline } from "../../../src/loop/baseline.ts";
import { quickBench } from "../../../src/loop/comparing/quick-bench.ts";
import { MemorySession } from "../../agent/memory-session.ts";
import { costProgram, HEADER } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

/** A session whose benchmark prints this cost. */
class CostSession extends MemorySession {
  readonly #cost: number;

  constructor(cost: number) {
    super({});
    this.#cost = cost;
  }

  override async run() {
    return { exitCode: 0, output: `${HEADER}1,${this.#cost}\n`, timedOut: false };
  }
}

describe("the agent's quick look at its benchmark", () => {
  it("is three pairs with the parent, neither of which has the hidden files", async () => {
    const program = costProgram();
    const seen: string[][] = [];
    const project = await testProject({
      program: {
        ...program,
        benchmark: (files, random) => {
          seen.push(Object.keys(files).toSorted());
          return program.benchmark(files, random);
        },
      },
    });
    const agent = new IdeaAgent(() => null);
    const text = await project.withRun(agent, "new", async (run, signal) => {
      const root = await runBaseline(run, signal);
      expect(seen.flat()).toContain("oracle/answer");
      seen.length = 0;
      return quickBench(run, root, new CostSession(80), signal);
    });
    expect(text.split("\n")).toEqual([
      "cost: 100 to 80, +25.0 % (+25.0 % to +25.0 % in 3 pairs: beyond the noise seen)",
      "A rough look: the verdict comes from more pairs in random order, on cpus of their own.",
    ]);
    expect(seen).toHaveLength(3);
    expect(seen.flat()).not.toContain("oracle/answer");
    expect(seen.flat()).toContain("src/cost");
  });
});
