import { expect } from "vitest";
import { optimize } from "../../../src/loop/optimize.ts";
import { testProject } from "../../loop/fake-project.ts";
import { IdeaAgent } from "../../loop/idea-agent.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { attack } from "../attack.ts";

attack(
  {
    case: "145",
    title: "a lie on a clock so coarse that nothing varies, where two equal pairs are a gain",
    outcome: "flagged by these two, and not confirmed by others",
  },
  async () => {
    const program = costProgram();
    const project = await testProject({
      files: { "src/printed": "4\n" },
      program: {
        ...program,
        benchmark: (files, random) => ({
          ...program.benchmark(files, random),
          durationMs: 400 + 8 * random.next(),
          rows: [`iteration,time (s) (lower is better)\n1,0.${files["src/printed"]}`],
        }),
      },
    });
    const liar = new IdeaAgent(({ id }) =>
      id === "1.1" ? { write: { "src/printed": "1\n" } } : null,
    );
    await project.withRun(liar, "new", optimize);
    const { nodes } = await project.stored(1);
    expect(nodes[1]).toMatchObject({
      verdict: "inconclusive",
      suspicious: true,
      reason: expect.stringMatching(/^its gain is only in what it prints: /),
    });
  },
);
