import { describe, expect, it } from "vitest";
import { parseId } from "../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { measureResult } from "../../src/loop/comparing/result.ts";
import { optimize } from "../../src/loop/optimize.ts";
import { costProgram } from "../sandbox/fake/fake-program.ts";
import { type FakeProject, testProject } from "./fake-project.ts";
import { type Idea, IdeaAgent } from "./idea-agent.ts";

const costs = (cost: number, more: Readonly<Record<string, string>> = {}): Idea => ({
  write: { "src/cost": `${cost}\n`, ...more },
});

/** Ideas by node; where there is none, the agent has none for that parent. */
const ideas = (byNode: Readonly<Record<string, Idea>>) =>
  new IdeaAgent(({ id }) => byNode[id] ?? null);

async function grow(project: FakeProject, agent: IdeaAgent) {
  return project.withRun(agent, "new", async (run, signal) => {
    const ending = await optimize(run, signal);
    return { ending, result: await measureResult(run, signal), nodes: run.records.store.nodes };
  });
}

const verdictsOf = (nodes: readonly ExperimentNode[]) =>
  Object.fromEntries(nodes.map(({ id, verdict, reason }) => [id, [verdict, reason]]));

describe("a whole run", () => {
  it("grows a tree from its gains, and measures its champion against the root", async () => {
    const project = await testProject();
    const agent = ideas({
      "1.1": costs(80),
      "1.1.1": costs(90),
      "1.1.2": costs(60),
      "1.1.2.1": costs(60, { "src/note": "1\n" }),
    });
    const { ending, result, nodes } = await grow(project, agent);
    expect(ending.reason).toBe("nothing_left");
    expect(verdictsOf(nodes)).toEqual({
      "1": [null, "the root of the tree"],
      "1.1": ["improved", "cost 100 to 80, -20.0 % (the same in all 4 runs)"],
      "1.1.1": ["worse", "cost 80 to 90, +12.5 % (in one pair)"],
      "1.1.2": ["confirmed", "cost 80 to 60, -25.0 % (the same in all 6 runs)"],
      "1.1.2.1": [
        "tie",
        "no difference beyond the margin (0.0 %): cost 60 as before (in one pair)",
      ],
    });
    expect(result?.champion.id).toBe("1.1.2");
    expect(result?.comparison).toMatchObject({
      against: "1",
      pairs: 2,
      metrics: [{ name: "cost", value: 60, against: 100 }],
    });
    expect(agent.analysed.map(({ id }) => id)).toEqual(["1.1", "1.1.1", "1.1.2", "1.1.2.1"]);
    expect(nodes[1]?.analysis).toBe("learnt from 1.1");
    expect([...project.engine.containers]).toEqual([]);
  });

  it("measures by a tool's report, where a guard stands before every gain", async () => {
    const program = costProgram();
    const project = await testProject({
      yaml: "metrics: { format: hyperfine, guards: { 'memory (bytes)': 5% } }\n",
      program: {
        ...program,
        benchmark: (files, random) => {
          const step = program.benchmark(files, random);
          const cost = Number(step.rows[1]?.split(",")[1]);
          // The program reads the first number of the file alone.
          const memory = Number(files["src/cost"]?.split(" ")[1] ?? "100");
          const result = {
            command: "./x",
            times: [cost, cost],
            memory_usage_byte: [memory, memory],
          };
          return {
            ...step,
            rows: [JSON.stringify({ results: [{ ...result, exit_codes: [0, 0] }] })],
          };
        },
      },
    });
    const agent = ideas({
      "1.1": { write: { "src/cost": "80 104\n" } },
      "1.2": { write: { "src/cost": "50 106\n" } },
    });
    const { nodes } = await grow(project, agent);
    expect(nodes[0]?.metrics).toEqual({ "time (s)": 100, "memory (bytes)": 100 });
    expect(nodes.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["1", null],
      ["1.1", "confirmed"],
      ["1.2", "worse"],
    ]);
    const kept = await (await project.stored(1)).readNodeFile(parseId("1"), "metrics.csv");
    expect(kept?.toString()).toBe(
      "iteration,time (s) (lower is better),memory (bytes) (lower is better)\n0,100,100\n1,100,100\n",
    );
  });

  it("gives every way to fail its verdict, and goes on", async () => {
    const project = await testProject({
      yaml: "agent: { kind: claude, max_failures: 20 }\nsearch: { explore: 1, max_children: 12 }\n",
    });
    const fault = (text: string) => costs(90, { "src/fault": `${text}\n` });
    const { nodes } = await grow(
      project,
      ideas({
        "1.1": fault("no build"),
        "1.2": fault("wrong"),
        "1.3": fault("crash"),
        "1.4": fault("hang"),
        "1.5": fault("hog"),
        "1.6": fault("no rows"),
        "1.7": { write: {} },
        "1.8": costs(70),
        "1.9": costs(70),
        "1.10": { write: { "bench.sh": "echo 1\n" } },
      }),
    );
    expect(verdictsOf(nodes)).toMatchObject({
      "1.1": ["build_failed", "the build exited with 2"],
      "1.2": ["verify_failed", "verify exited with 1"],
      "1.3": ["bench_failed", "the benchmark exited with 139"],
      "1.4": ["timeout", "the benchmark took longer than 300 s"],
      "1.5": ["out_of_memory", "the benchmark ran out of memory or was killed"],
      "1.6": ["metrics_invalid", "the benchmark wrote no metrics file"],
      "1.7": ["empty", "nothing was changed"],
      "1.8": ["confirmed", "cost 100 to 70, -30.0 % (the same in all 6 runs)"],
      "1.9": ["duplicate", "the same files as 1.8"],
      "1.10": ["abandoned", "Read-only file system"],
    });
  });

  it("lets the agent repair what does not build or verify, in the same node", async () => {
    const project = await testProject();
    const mended = { "src/fault": "1\n" };
    const agent = ideas({
      "1.1": { ...costs(70, { "src/fault": "no build\n" }), repair: [mended] },
      "1.2": { ...costs(60, { "src/fault": "wrong\n" }), repair: [{ "src/fault": "no build\n" }] },
    });
    const { nodes } = await grow(project, agent);
    expect(nodes.map(({ id, verdict, repairs }) => [id, verdict, repairs])).toEqual([
      ["1", null, 0],
      ["1.1", "confirmed", 1],
      ["1.2", "build_failed", 2],
    ]);
    expect(agent.failures).toEqual([
      { step: "build", reason: "the build exited with 2", log: "does not compile" },
      { step: "verify", reason: "verify failed", log: "" },
      { step: "build", reason: "the build exited with 2", log: "does not compile" },
    ]);
  });

  it("ends an agent at its time limit", async () => {
    const project = await testProject();
    const { nodes } = await grow(
      project,
      ideas({ "1.1": { write: {}, before: (_, signal) => untilAborted(signal) } }),
    );
    expect(verdictsOf(nodes)["1.1"]).toEqual(["timeout", "the agent took longer than 1200 s"]);
  });

  it("is the same with an engine that lost images, but for a warning", async () => {
    const project = await testProject();
    const agent = ideas({ "1.1": costs(80), "1.1.1": costs(70) });
    project.engine.onStep = async (step) => {
      if (step === "edit") project.engine.remove(({ kind }) => kind !== "base");
    };
    const { nodes } = await grow(project, agent);
    expect(nodes.map(({ verdict }) => verdict)).toEqual([null, "improved", "confirmed"]);
    const warnings = project.events.flatMap((event) =>
      event.type === "warning" ? [event.message] : [],
    );
    expect(warnings).toContain(
      "the image loopty/fake:1 was missing; it was rebuilt from the stored files",
    );
  });

  it("ends with the engine's failure where that goes away, and goes on later", async () => {
    const project = await testProject();
    const agent = ideas({ "1.1": costs(80), "1.2": costs(70) });
    project.engine.onStep = async (step) => {
      if (step === "read back") project.engine.isGone = true;
    };
    await expect(grow(project, agent)).rejects.toThrow("the container engine failed");
    project.engine.isGone = false;
    project.engine.onStep = async () => {};
    const { nodes } = await project.withRun(agent, 1, async (run, signal) => {
      await optimize(run, signal);
      return run.records.store;
    });
    expect(nodes.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["1", null],
      ["1.1", "interrupted"],
      ["1.2", "improved"],
    ]);
  });

  it("has a baseline that fails told as the user's mistake", async () => {
    const project = await testProject({ files: { "src/fault": "no build\n" } });
    await expect(grow(project, ideas({}))).rejects.toMatchObject({
      message: "the baseline failed: the build exited with 2\ndoes not compile",
    });
  });
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
