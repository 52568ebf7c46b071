import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Parameter } from "../../../src/agent/tuner/parameter.ts";
import { Tuner } from "../../../src/agent/tuner/tuner.ts";
import { UserError } from "../../../src/core/error.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import { type ExperimentNode, NO_USAGE } from "../../../src/core/tree/node.ts";
import { MemorySession } from "../memory-session.ts";
import { SimulatedRun } from "../simulated-run.ts";
import { FILE, fileOf, parametersOf } from "./tuned-file.ts";

const signal = new AbortController().signal;

function runOf(parameters: readonly Parameter[], values: readonly (string | number)[]) {
  return new SimulatedRun({ [FILE]: fileOf(parameters, values) });
}

function baselineOf(run: SimulatedRun): ExperimentNode {
  const [baseline] = run.nodes;
  if (baseline === undefined) throw new Error("a run has a baseline");
  return baseline;
}

/** Grows nodes from parents drawn at random until every parent is used up, at most `limit`. */
async function growAtRandom(run: SimulatedRun, tuner: Tuner, seed: number, limit: number) {
  const random = seeded(seed);
  const verdicts = ["improved", "worse", "tie", "build_failed"] as const;
  let parents = run.nodes;
  while (run.nodes.length <= limit && parents.length > 0) {
    const parent = random.pick(parents);
    const node = await run.grow(tuner, parent, random.pick(verdicts));
    parents = node === null ? parents.filter(({ id }) => id !== parent.id) : run.nodes;
  }
}

const pointsOf = (run: SimulatedRun) => run.nodes.map(({ id }) => run.filesOf(id)[FILE]);

describe("Tuner", () => {
  it("changes one parameter of the parent and says which", async () => {
    const parameters: Parameter[] = [
      { name: "BLOCK", file: FILE, pattern: "BLOCK = (\\d+)", values: ["8", "32"] },
    ];
    const run = new SimulatedRun({ [FILE]: "BLOCK = 8;\r\n", "other.h": "kept" });
    const node = await run.grow(new Tuner(parameters, 1), baselineOf(run), "tie");
    expect(node).toMatchObject({ description: "BLOCK 8 → 32", hypothesis: "BLOCK=32 is new" });
    expect(run.filesOf(node?.id ?? baselineOf(run).id)).toEqual({
      [FILE]: "BLOCK = 32;\r\n",
      "other.h": "kept",
    });
  });

  it("never visits a point twice in 100 nodes of random parents", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const parameters = parametersOf(7, 8, 9);
        const run = runOf(parameters, [1, 1, 1]);
        await growAtRandom(run, new Tuner(parameters, seed), seed, 100);
        expect(new Set(pointsOf(run)).size).toBe(101);
      }),
      { numRuns: 3 },
    );
  });

  it("visits a small space whole, each point once, then has nothing left for any parent", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const parameters = parametersOf(2, 3, 4);
        const run = runOf(parameters, [1, 1, 1]);
        const tuner = new Tuner(parameters, seed);
        await growAtRandom(run, tuner, seed, 100);
        expect(run.nodes).toHaveLength(2 * 3 * 4);
        expect(new Set(pointsOf(run)).size).toBe(2 * 3 * 4);
      }),
      { numRuns: 20 },
    );
  });

  it("counts a start that is not among the values as one value more", async () => {
    const parameters = parametersOf(2, 2);
    const run = runOf(parameters, [99, 1]);
    await growAtRandom(run, new Tuner(parameters, 1), 1, 100);
    expect(new Set(pointsOf(run)).size).toBe(3 * 2);
  });

  it("leaves alone what does not count, and takes no two points that differ only there", async () => {
    const [schedule, chunk] = parametersOf(2, 4);
    if (schedule === undefined || chunk === undefined) throw new Error("two parameters");
    const parameters = [schedule, { ...chunk, when: { A: ["2"] } }];
    const run = runOf(parameters, [1, 3]);
    await growAtRandom(run, new Tuner(parameters, 1), 1, 100);
    expect(pointsOf(run).toSorted()).toEqual(
      [
        [1, 3],
        [2, 1],
        [2, 2],
        [2, 3],
        [2, 4],
      ].map((point) => fileOf(parameters, point)),
    );
  });

  it("chooses the same whatever else was opened before, and something else for another seed", async () => {
    const parameters = parametersOf(5, 5, 5);
    const run = runOf(parameters, [1, 1, 1]);
    const first = new Tuner(parameters, 7);
    await run.grow(first, baselineOf(run), "improved");
    await run.grow(first, baselineOf(run), "worse");
    const [, left, right] = run.nodes;
    if (left === undefined || right === undefined) throw new Error("grown above");
    // Neither task holds the other's node, as if each had been reserved first.
    const tasks = [run.reserve(left), run.reserve(right)].map((task) => ({
      ...task,
      nodes: run.nodes.slice(0, 3),
    }));
    const chosen = async (tuner: Tuner, order: readonly (typeof tasks)[number][]) => {
      const descriptions = new Map<string, string>();
      for (const task of order) {
        const conversation = await tuner.open(task);
        const outcome = await conversation?.edit(
          new MemorySession(run.filesOf(task.parent.id)),
          signal,
        );
        descriptions.set(task.id, outcome?.kind === "proposed" ? outcome.description : "");
      }
      return Object.fromEntries(descriptions);
    };
    const inOrder = await chosen(new Tuner(parameters, 7), tasks);
    expect(await chosen(first, tasks.toReversed())).toEqual(inOrder);
    expect(await chosen(new Tuner(parameters, 8), tasks)).not.toEqual(inOrder);
  });

  it("draws anew for every node id among what promises the same", async () => {
    const parameters = parametersOf(5, 5, 5);
    const run = runOf(parameters, [1, 1, 1]);
    const descriptions = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const task = { ...run.reserve(baselineOf(run)), nodes: run.nodes.slice(0, 1) };
      const conversation = await new Tuner(parameters, 7).open(task);
      const session = new MemorySession(run.filesOf(task.parent.id));
      const outcome = await conversation?.edit(session, signal);
      descriptions.add(outcome?.kind === "proposed" ? outcome.description : "");
    }
    // All that is known is the baseline: the draw is among what is as far from it.
    expect(descriptions.size).toBeGreaterThan(1);
  });

  it("does not repeat what a node opened at the same time has taken, before anything is stored", async () => {
    const parameters = parametersOf(3, 3);
    const run = runOf(parameters, [1, 1]);
    const tuner = new Tuner(parameters, 1);
    const tasks = Array.from({ length: 8 }, () => run.reserve(baselineOf(run)));
    const conversations = await Promise.all(tasks.map((task) => tuner.open(task)));
    for (const [index, task] of tasks.entries()) {
      const conversation = conversations[index];
      if (conversation) await run.finish(task, conversation, "tie");
    }
    expect(new Set(pointsOf(run)).size).toBe(9);
    expect(await run.grow(tuner, baselineOf(run))).toBeNull();
  });

  it("knows after a restart what stored nodes have visited", async () => {
    const parameters = parametersOf(3, 3);
    const run = runOf(parameters, [1, 1]);
    for (let i = 0; i < 8; i++) await run.grow(new Tuner(parameters, 1), baselineOf(run), "tie");
    expect(new Set(pointsOf(run)).size).toBe(9);
    expect(await run.grow(new Tuner(parameters, 1), baselineOf(run))).toBeNull();
  });

  it("has nothing for a parent that lost a parameter, and goes on from others", async () => {
    const parameters = parametersOf(3, 3);
    const run = runOf(parameters, [1, 1]);
    const task = run.reserve(baselineOf(run));
    await run.finish(
      task,
      {
        repairs: 0,
        readsHistory: false,
        async edit(session) {
          await session.writeFile(FILE, Buffer.from("#define A 1\n"));
          return { kind: "proposed", description: "", hypothesis: "", usage: NO_USAGE };
        },
        repair: () => Promise.reject(new Error("not asked for")),
        analyse: () => Promise.reject(new Error("not asked for")),
      },
      "improved",
    );
    const tuner = new Tuner(parameters, 1);
    expect(await run.grow(tuner, run.nodes[1] ?? baselineOf(run))).toBeNull();
    expect(await run.grow(tuner, baselineOf(run))).not.toBeNull();
  });

  it.each([
    ["misses the file", {}, "tune.h: no such writable text file"],
    ["misses a parameter", { [FILE]: "" }, "tune.h: the pattern of A matches nothing"],
  ])("tells the user when the baseline %s", async (_, files, problem) => {
    const run = new SimulatedRun(files);
    const opened = new Tuner(parametersOf(2), 1).open(run.reserve(baselineOf(run)));
    await expect(opened).rejects.toThrow(
      new UserError(`the tuner cannot read the baseline: ${problem}`, {
        hint: "check file and pattern of that parameter, and that access.writable names the file",
      }),
    );
  });

  it("goes on after an open that failed", async () => {
    const parameters = parametersOf(2);
    const tuner = new Tuner(parameters, 1);
    const broken = new SimulatedRun({});
    await expect(tuner.open(broken.reserve(baselineOf(broken)))).rejects.toThrow(UserError);
    expect(
      await runOf(parameters, [1]).grow(tuner, baselineOf(runOf(parameters, [1]))),
    ).not.toBeNull();
  });
});
