import { describe, expect, it } from "vitest";
import { checkEffect } from "../../../src/cli/doctor/effect-check.ts";
import { runBaseline } from "../../../src/loop/baseline.ts";
import { testProject } from "../../loop/fake-project.ts";
import { IdeaAgent } from "../../loop/idea-agent.ts";
import { costProgram, type FakeProgram, type Texts } from "../../sandbox/fake/fake-program.ts";

const isBroken = (files: Texts) => Object.values(files).some((text) => text.startsWith(")}]"));
const FAILURE = { durationMs: 10, end: 1, log: "syntax error\n" };

async function effectOf(own: Partial<FakeProgram>) {
  const project = await testProject({ program: { ...costProgram(), ...own } });
  return project.withRun(new IdeaAgent(() => null), "new", async (run, signal) => {
    const root = await runBaseline(run, signal, async () => {});
    return checkEffect(run, root, signal);
  });
}

describe("doctor breaks every writable file, and", () => {
  const { build, verify, benchmark } = costProgram();

  it.each<[string, Partial<FakeProgram>]>([
    [
      "the build",
      { build: (files) => (isBroken(files) ? { ...FAILURE, outputs: [] } : build(files)) },
    ],
    ["verify", { verify: (files) => (isBroken(files) ? FAILURE : verify(files)) }],
    [
      "the benchmark",
      {
        benchmark: (files, random) =>
          isBroken(files) ? { ...FAILURE, rows: [] } : benchmark(files, random),
      },
    ],
  ])("is content where %s fails", async (step, own) => {
    expect(await effectOf(own)).toEqual({
      name: "effect",
      state: "ok",
      text: `${step} fails on broken files, as it should`,
      hint: null,
    });
  });

  it("fails where all passes as before, because no experiment would change what is measured", async () => {
    expect(await effectOf({})).toEqual({
      name: "effect",
      state: "fail",
      text: "every writable file was broken on purpose, and build, verify and benchmark pass as before",
      hint: "commands.build must make what the benchmark runs from the files of access.writable",
    });
  });
});
