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
  it("is one pair with the parent where the metric is exact, without the hidden files", async () => {
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
      return (await quickBench(run, root, new CostSession(80), signal)).text;
    });
    expect(text).toBe("cost: 100 to 80, -20.0 % (exact)");
    expect(seen).toHaveLength(1);
    expect(seen.flat()).not.toContain("oracle/answer");
    expect(seen.flat()).toContain("src/cost");
  });

  const lookAt = async (cost: number, seed = 1) => {
    const program = costProgram({ sigma: 0.01 });
    const project = await testProject({ program, seed: `${seed}` });
    return project.withRun(new IdeaAgent(() => null), "new", async (run, signal) => {
      const root = await runBaseline(run, signal);
      return (await quickBench(run, root, new CostSession(cost), signal)).text;
    });
  };

  it("has pairs until the sign is clear, and tells the gain of pairs alone", async () => {
    expect(await lookAt(80)).toMatch(
      /^cost: -(?:19|20)\.\d % \(-2\d\.\d % to -1\d\.\d % in 5 pairs: beyond the noise seen\)$/,
    );
  });

  it("ends where the sign stays unclear", async () => {
    // One seed in twenty sees a sign where there is none.
    expect(await lookAt(100, 2)).toMatch(/ in 12 pairs: within the noise\)/);
  });

  it("has the time of the whole run where that is a metric, without what asking takes", async () => {
    const program = costProgram();
    const project = await testProject({ program, yaml: "metrics: { select: [wall_ms] }\n" });
    const session = new (class extends MemorySession {
      override async run(script: string) {
        const isBenchmark = script.includes("bench.sh");
        await project.engine.time.sleep(isBenchmark ? 830 : 30, new AbortController().signal);
        return { exitCode: 0, output: "", timedOut: false };
      }
    })({});
    const look = await project.withRun(new IdeaAgent(() => null), "new", async (run, signal) =>
      quickBench(run, await runBaseline(run, signal), session, signal),
    );
    expect(look.text).toContain("wall_ms: 1000 to 800, -20.0 %");
  });

  it("fails where a benchmark does", async () => {
    const project = await testProject({ program: costProgram() });
    const session = new MemorySession({});
    const look = await project.withRun(new IdeaAgent(() => null), "new", async (run, signal) =>
      quickBench(run, await runBaseline(run, signal), session, signal),
    );
    expect(look).toEqual({
      kind: "failed",
      text: expect.stringContaining("the benchmark exited with 127:"),
    });
  });
});
