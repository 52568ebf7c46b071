import { describe, expect, it } from "vitest";
import { IDLE } from "../../src/agent/idle.ts";
import { loadConfig } from "../../src/config/load.ts";
import { compileAccess } from "../../src/core/access/policy.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { handIn, type SubmittedChange } from "../../src/loop/handing-in.ts";
import { optimize } from "../../src/loop/optimize.ts";
import { type FakeProject, testProject } from "./fake-project.ts";
import { IdeaAgent } from "./idea-agent.ts";

async function openCounter(project: FakeProject) {
  const run = await project.stored(1);
  const { config } = await loadConfig({ directory: project.directory });
  return {
    run,
    code: await project.repositories.code(""),
    policy: compileAccess(config.access),
    isIgnored: (path: string) => path.endsWith(".log"),
    now: () => new Date("2026-01-01T00:00:00Z"),
    newUuid: () => crypto.randomUUID(),
  };
}

const cost = (value: number): SubmittedChange => ({
  kind: "files",
  files: [{ path: "src/cost", content: Buffer.from(`${value}\n`) }],
});

async function submit(project: FakeProject, from: string, change: SubmittedChange) {
  const counter = await openCounter(project);
  const parent = counter.run.node(parseId(from));
  if (parent === null) throw new Error(`no node ${from}`);
  return handIn(counter, { parent, change, description: "by hand", hypothesis: "less" });
}

describe("changes that were handed in", () => {
  it("come before the ideas of the run's own agent, and beyond its budget", async () => {
    const project = await testProject({ yaml: "budget: { experiments: 1 }\n" });
    await project.withRun(IDLE, "new", async (run, signal) => {
      await optimize(run, signal);
    });
    expect(await submit(project, "1", cost(80))).toMatchObject({ kind: "handed in", number: 1 });
    expect(await submit(project, "1", cost(90))).toMatchObject({ number: 2, before: 1 });
    const agent = new IdeaAgent(() => ({ write: { "src/cost": "70\n" } }));
    const nodes = await project.withRun(agent, 1, async (run, signal) => {
      await optimize(run, signal);
      return run.records.store.nodes;
    });
    expect(nodes.map(({ id, order, verdict }) => [String(id), order, verdict])).toEqual([
      ["1", null, null],
      ["1.1", 1, "improved"],
      ["1.2", 2, "improved"],
    ]);
    expect(nodes[1]).toMatchObject({ description: "by hand", hypothesis: "less" });
    expect(agent.opened).toEqual([]);
  });

  it("are tried again when a kill took their node", async () => {
    const project = await testProject();
    await project.withRun(IDLE, "new", async (run, signal) => {
      await optimize(run, signal);
    });
    await submit(project, "1", cost(80));
    project.engine.isGone = true;
    await project.withRun(IDLE, 1, (run, signal) => optimize(run, signal)).catch(() => undefined);
    project.engine.isGone = false;
    const nodes = await project.withRun(IDLE, 1, async (run, signal) => {
      await optimize(run, signal);
      return run.records.store.nodes;
    });
    expect(nodes.at(-1)).toMatchObject({ order: 1, verdict: "improved" });
  });

  it.each([
    ["what changes nothing", cost(100), "empty", "these are the files of 1"],
    [
      "what git ignores",
      { kind: "files", files: [{ path: "src/a.log", content: Buffer.from("") }] },
      "rejected",
      "src/a.log: git ignores it",
    ],
    [
      "a patch that does not apply",
      { kind: "patch", patch: Buffer.from("x") },
      "rejected",
      "the patch does not apply: there is no git in memory",
    ],
  ] as const)("are refused at once: %s", async (_, change, verdict, reason) => {
    const project = await testProject();
    await project.withRun(IDLE, "new", async (run, signal) => {
      await optimize(run, signal);
    });
    expect(await submit(project, "1", change)).toEqual({
      kind: "refused",
      verdict,
      reason,
      same: null,
    });
    expect(await (await project.stored(1)).steering.orders()).toEqual([]);
  });

  it("are refused when a node has the same files, and told which", async () => {
    const project = await testProject();
    await project.withRun(IDLE, "new", async (run, signal) => {
      await optimize(run, signal);
    });
    await submit(project, "1", cost(80));
    expect(await submit(project, "1", cost(80))).toMatchObject({
      verdict: "duplicate",
      reason: "change 1, which waits, has these files",
    });
    await project.withRun(IDLE, 1, (run, signal) => optimize(run, signal));
    expect(await submit(project, "1", cost(80))).toMatchObject({
      verdict: "duplicate",
      reason: "1.1 has these files",
      same: { id: "1.1" },
    });
  });
});
