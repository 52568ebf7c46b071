import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../../src/core/error.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { measureResult } from "../../../src/loop/comparing/result.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import type { EngineStep, FakeEngine } from "../../sandbox/fake/fake-engine.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { TickingTime } from "../../sandbox/fake/ticking-time.ts";
import { VirtualTime } from "../../sandbox/fake/virtual-time.ts";
import { type FakeProject, type FakeProjectOptions, testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

const YAML = `search: { parallel: 4, max_children: 4 }
budget: { experiments: 8, time: none }
rate_limit: { experiments: none }
`;
const HOUR_MS = 3_600_000;

/** Each child of a node costs less than the one before it. An agent takes its time, so that work is under way side by side. */
function slowAgent(project: () => FakeProject) {
  return new IdeaAgent(({ id, parent, nodes }) => ({
    write: {
      "src/cost": `${(parent.metrics.cost ?? 100) - 1 - nodes.length}\n`,
      "src/note": `from ${id}\n`,
    },
    before: (_session, signal) => project().engine.time.sleep(20_000, signal),
  }));
}

async function openPool(options: FakeProjectOptions = {}) {
  const project = await testProject({ yaml: YAML, others: { b: {}, c: {} }, ...options });
  const agent = slowAgent(() => project);
  const grow = (opening: "new" | 1 = "new") =>
    project.withRun(agent, opening, async (run, signal) => {
      const ending = await optimize(run, signal);
      const result = await measureResult(run, signal);
      return { ending, result, nodes: run.records.store.nodes, record: run.records.store.record };
    });
  return { project, agent, grow };
}

const machinesOf = (nodes: readonly ExperimentNode[]) =>
  [...new Set(nodes.map(({ machine }) => machine))].sort();

/** Lets an engine go at the nth of a kind of steps, and come back after a time. */
function breakAt(engine: FakeEngine, kind: EngineStep, nth: number, awayMs: number | null): void {
  let seen = 0;
  engine.onStep = async (step) => {
    if (step !== kind || ++seen !== nth) return;
    engine.isGone = true;
    if (awayMs === null) return;
    const back = engine.time.sleep(awayMs, new AbortController().signal);
    void back.then(() => {
      engine.isGone = false;
    });
  };
}

/** From the nth of a kind of steps on an engine does not answer, and what was asked of it hangs for ever. */
function hangAt(engine: FakeEngine, kind: EngineStep, nth: number): void {
  let seen = 0;
  engine.onStep = async (step) => {
    if (step === kind && ++seen === nth) engine.isGone = true;
    if (engine.isGone) await new Promise(() => {});
  };
}

describe("a run on several machines", () => {
  it("gives work to all of them, each measured where its agent worked, on a base made once", async () => {
    const opened: string[] = [];
    const { project, grow } = await openPool();
    for (const name of ["b", "c"]) {
      project.other(name).onStep = async (step) => void opened.push(`${name} ${step}`);
    }
    const { nodes, record, result } = await grow();
    expect(machinesOf(nodes)).toEqual(["b", "c", "local"]);
    expect(opened.filter((step) => /open|load/.test(step))).toEqual([
      "b open",
      "c open",
      "b load",
      "c load",
    ]);
    expect(Object.keys(record.machines).sort()).toEqual(["b", "c", "local"]);
    expect(record.machines.b?.measured?.calibration?.metrics[0]?.kind).toBe("exact");
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
    expect(result).not.toBeNull();
    const placed = project.events.filter(({ type }) => type === "node_placed");
    expect(placed).toHaveLength(nodes.length - 1);
  });

  it("knows the machine that makes the base by its own name", async () => {
    const { grow } = await openPool({
      others: { b: {} },
      yaml: `${YAML}machines: [{ url: local, name: box }]\n`,
    });
    const { nodes, record } = await grow();
    expect(record.baseline?.machine).toBe("box");
    expect(nodes[0]?.machine).toBe("box");
    expect(machinesOf(nodes)).toEqual(["b", "box"]);
  });

  it("measures on another machine what an agent had finished on one that is lost", async () => {
    const { project, agent, grow } = await openPool();
    breakAt(project.other("b"), "benchmark", 6, null);
    const { nodes } = await grow();
    const lost = project.events.filter(({ type }) => type === "machine_lost");
    expect(lost.length).toBeGreaterThan(0);
    expect(nodes.filter(({ verdict }) => verdict === "interrupted")).toEqual([]);
    expect(new Set(agent.edited).size).toBe(agent.edited.length);
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
  });

  it("ends a node whose agent's container went with its machine, and pays nothing twice", async () => {
    const { project, agent, grow } = await openPool();
    breakAt(project.other("b"), "read back", 1, null);
    const { nodes } = await grow();
    const [interrupted, ...more] = nodes.filter(({ verdict }) => verdict === "interrupted");
    expect(interrupted?.reason).toBe("its machine was lost before the agent was done");
    // Another agent may have been at work there.
    expect(more.length).toBeLessThan(2);
    expect(new Set(agent.edited).size).toBe(agent.edited.length);
  });

  it("begins another experiment for a lost one, though the last of the budget was under way", async () => {
    const yaml = YAML.replace("experiments: 8", "experiments: 3");
    const { project, grow } = await openPool({ yaml });
    breakAt(project.other("b"), "read back", 1, null);
    const { nodes, ending } = await grow();
    const [interrupted, counted] = [true, false].map((isLost) =>
      nodes.filter(({ parent, verdict }) => parent && (verdict === "interrupted") === isLost),
    );
    expect(interrupted?.length).toBeGreaterThan(0);
    expect(counted).toHaveLength(3);
    expect(ending.text).toBe("the budget of 3 experiments is used up (3 of 3)");
  });

  it.each([
    { seen: "after the watch has seen it", time: () => new TickingTime() },
    { seen: "before anybody has seen it", time: () => new VirtualTime() },
  ])(
    "takes what a loss cut off, $seen, for the machine's failure in whatever words",
    async (loss) => {
      const { project, grow } = await openPool({ time: loss.time() });
      const b = project.other("b");
      let benchmarks = 0;
      b.onStep = async (step) => {
        if (step !== "benchmark" || ++benchmarks !== 6) return;
        b.isGone = true;
        // A timer of Node's fails a request so. The watch asks the machine every ten seconds, where time ticks.
        await b.time.sleep(12_000, new AbortController().signal);
        throw new DOMException("The operation was aborted", "AbortError");
      };
      const { nodes } = await grow();
      expect(benchmarks).toBeGreaterThan(5);
      expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
    },
  );

  it("goes on when the machine that made the base is lost", async () => {
    const { project, grow } = await openPool();
    breakAt(project.engine, "verify", 4, null);
    const { nodes, result } = await grow();
    expect(nodes.filter(({ machine }) => machine !== "local").length).toBeGreaterThan(2);
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
    expect(result).not.toBeNull();
  });

  it("takes a machine back that returns, and removes what was left on it", async () => {
    const { project, grow } = await openPool();
    const b = project.other("b");
    breakAt(b, "benchmark", 6, 5_000);
    await grow();
    const joined = project.events.filter(
      (event) => event.type === "machine_joined" && event.machine === "b",
    );
    expect(joined).toHaveLength(2);
    expect([...b.containers]).toEqual([]);
  });

  it("removes the image of a change that was never recorded from a machine that returns", async () => {
    const { project, grow } = await openPool();
    const b = project.other("b");
    const add = b.add.bind(b);
    const made: string[] = [];
    b.add = (image) => {
      const added = add(image);
      if (image.kind !== "snapshot" || image.node === "1" || made.length > 0) return added;
      made.push(image.node);
      b.isGone = true;
      void b.time.sleep(5_000, new AbortController().signal).then(() => {
        b.isGone = false;
      });
      throw new EngineError("the container engine failed: socket hang up");
    };
    const { nodes } = await grow();
    const interrupted = nodes.filter(({ verdict }) => verdict === "interrupted");
    expect(interrupted.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    const known: readonly string[] = nodes.flatMap(({ id, snapshot }) =>
      snapshot === null ? [] : id,
    );
    const left = b.images.filter(({ kind, node }) => kind === "snapshot" && !known.includes(node));
    expect(left).toEqual([]);
  });

  it("removes such an image also in the next run, where the machine returns only then", async () => {
    const { project, grow } = await openPool();
    const b = project.other("b");
    const add = b.add.bind(b);
    let lost: string | null = null;
    b.add = (image) => {
      const added = add(image);
      if (image.kind !== "snapshot" || image.node === "1" || lost !== null) return added;
      lost = image.node;
      b.isGone = true;
      throw new EngineError("the container engine failed: socket hang up");
    };
    await grow();
    expect(b.images.map(({ node }) => node)).toContain(lost);
    b.isGone = false;
    await grow();
    expect(b.images.map(({ node }) => node)).not.toContain(lost);
    const first = await project.stored(1);
    const kept = first.nodes.flatMap(({ id, machine, snapshot }) =>
      snapshot !== null && machine === "b" ? id : [],
    );
    expect(b.images.map(({ node }) => node)).toEqual(expect.arrayContaining(kept));
  });

  it("removes at its end what a failed request left on any machine", async () => {
    const { project, grow } = await openPool();
    const b = project.other("b");
    let left = 0;
    b.onStep = async () => {
      const [container] = b.containers;
      if (container === undefined || left > 0) return;
      left++;
      b.containers.add({ ...container });
    };
    await grow();
    expect(left).toBe(1);
    expect([...b.containers]).toEqual([]);
  });

  it("says which machine cannot be had, and works without it", async () => {
    const { project, grow } = await openPool();
    project.other("c").isGone = true;
    const { nodes } = await grow();
    expect(machinesOf(nodes)).toEqual(["b", "local"]);
    expect(project.events).toContainEqual(
      expect.objectContaining({
        type: "machine_lost",
        machine: "c",
        reason: "the container engine failed: connect ECONNREFUSED",
        againInMs: 30_000,
      }),
    );
  });

  it("waits for a place as long as experiments take, while another machine is long on its way", async () => {
    const { project, grow } = await openPool({ others: { b: {} } });
    const { time } = project.engine;
    const never = new AbortController().signal;
    project.other("b").onStep = async (step) => {
      if (step === "load") await time.sleep(HOUR_MS, never);
    };
    project.engine.onStep = async (step) => {
      if (step === "edit") await time.sleep(HOUR_MS, never);
    };
    const { nodes } = await grow();
    expect(machinesOf(nodes)).toEqual(["b", "local"]);
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
  });

  it("ends with the engines' failure when no machine is left for ten minutes", async () => {
    const { project, grow } = await openPool({ others: { b: {} } });
    const loseAll = async (step: EngineStep) => {
      if (step !== "read back") return;
      project.engine.isGone = true;
      project.other("b").isGone = true;
    };
    project.engine.onStep = loseAll;
    project.other("b").onStep = loseAll;
    await expect(grow()).rejects.toThrow(EngineError);
    await expect(grow(1)).rejects.toThrow(EngineError);
    project.engine.onStep = async () => {};
    project.engine.isGone = false;
    const { nodes } = await grow(1);
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
  });

  it("works on elsewhere after a grace where a step hangs on a machine that answers no heartbeat", async () => {
    const { project, agent, grow } = await openPool({ time: new TickingTime() });
    hangAt(project.other("b"), "build", 2);
    const { nodes, result } = await grow();
    expect(project.events).toContainEqual(
      expect.objectContaining({
        type: "machine_lost",
        machine: "b",
        reason: "the machine b is lost: it does not answer",
      }),
    );
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
    expect(nodes.filter(({ verdict }) => verdict === "interrupted").length).toBeLessThan(2);
    expect(new Set(agent.edited).size).toBe(agent.edited.length);
    expect(result).not.toBeNull();
  });

  it("gives up a machine that hangs while it is opened, says so, and takes it when it is back", async () => {
    const { project, grow } = await openPool({ time: new TickingTime() });
    const b = project.other("b");
    let loads = 0;
    b.onStep = async (step) => {
      if (step !== "load" || ++loads > 1) return;
      b.isGone = true;
      void b.time.sleep(20_000, new AbortController().signal).then(() => {
        b.isGone = false;
      });
      await new Promise(() => {});
    };
    await grow();
    const ofB = project.events.flatMap((event) =>
      event.type === "machine_joined" || event.type === "machine_lost"
        ? event.machine === "b"
          ? [[event.type, event.type === "machine_lost" ? event.reason : ""]]
          : []
        : [],
    );
    expect(ofB).toEqual([
      ["machine_lost", "it does not answer"],
      ["machine_joined", ""],
    ]);
  });

  it("gives a lent machine back that has nothing to do, asks for it again when there is work, and counts how long it had it", async () => {
    const time = new TickingTime();
    const { project, grow } = await openPool({
      time,
      others: { b: { idleMs: 10 * 60_000 } },
      yaml: YAML.replace("experiments: none", "experiments: 4/h"),
    });
    const { nodes, record } = await grow();
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
    const ofB = project.events.filter((event) => "machine" in event && event.machine === "b");
    const what = ofB.map(({ type }) => type).filter((type) => type !== "node_placed");
    expect(what).toEqual(["machine_joined", "machine_given_back", "machine_joined"]);
    const [from, until, again] = ["machine_joined", "machine_given_back", "machine_joined"].map(
      (type, i) => {
        const found = ofB.filter((event) => event.type === type).at(i === 2 ? 1 : 0);
        return Date.parse(found?.at ?? "");
      },
    );
    expect((until ?? 0) - (from ?? 0)).toBeGreaterThanOrEqual(10 * 60_000);
    expect(again).toBeGreaterThan(until ?? 0);
    const lentMs = record.lentMs.b ?? 0;
    expect(lentMs).toBeGreaterThanOrEqual((until ?? 0) - (from ?? 0));
    // It was not ours for most of an hour.
    expect(lentMs).toBeLessThan(time.steadyMs() - 30 * 60_000);
  });

  it("leaves a machine out at its third failure in a row: a loss is one, and so is a try to have it back", async () => {
    const { project, grow } = await openPool({
      others: { b: {} },
      yaml: YAML.replace("max_children: 4", "max_children: 40").replace(
        "experiments: 8",
        "experiments: 24",
      ),
    });
    const b = project.other("b");
    project.engine.onStep = async (step) => {
      if (step === "edit") await b.time.sleep(10 * 60_000, new AbortController().signal);
    };
    b.onStep = async (step) => {
      if (step !== "edit") return;
      b.isGone = true;
      void b.time.sleep(40_000, new AbortController().signal).then(() => {
        b.isGone = false;
      });
    };
    await grow();
    const again = project.events.flatMap((event) =>
      event.type === "machine_lost" && event.machine === "b" ? event.againInMs : [],
    );
    expect(again.slice(0, 3)).toEqual([30_000, 30_000, 600_000]);
  });

  it("takes a machine for lost that answers and fails each agent", async () => {
    const { project, grow } = await openPool({
      others: { b: {} },
      yaml: YAML.replace("max_children: 4", "max_children: 40"),
    });
    project.other("b").onStep = async (step) => {
      if (step === "edit") throw new EngineError("the container engine failed: no such image");
    };
    await grow();
    const lost = project.events.filter(
      (event) => event.type === "machine_lost" && event.machine === "b",
    );
    expect(lost.length).toBeGreaterThan(0);
  });

  it("leaves no machine out while no other is there", async () => {
    const { project, agent, grow } = await openPool({
      others: { b: {} },
      yaml: YAML.replace("max_children: 4", "max_children: 20"),
    });
    const { engine } = project;
    const b = project.other("b");
    let losses = 0;
    engine.onStep = async (step) => {
      if (step === "edit") engine.isGone = true;
    };
    b.onStep = async (step) => {
      if (step !== "edit" || ++losses > 3) return;
      b.isGone = true;
      void b.time.sleep(5_000, new AbortController().signal).then(() => {
        b.isGone = false;
      });
    };
    const { nodes } = await grow();
    expect(losses).toBeGreaterThan(3);
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
    expect(new Set(agent.edited).size).toBe(agent.edited.length);
    const again = project.events.flatMap((event) =>
      event.type === "machine_lost" && event.machine === "b" ? event.againInMs : [],
    );
    expect(again).not.toContain(600_000);
  });

  it("ends when the first machine hangs for good", async () => {
    const { project, grow } = await openPool({ time: new TickingTime() });
    hangAt(project.engine, "verify", 4);
    const { nodes } = await grow();
    expect(nodes.every(({ phase }) => phase === "finished")).toBe(true);
  });

  it("measures the champion on every other processor, and says where its gain is gone", async () => {
    const slowProgram = costProgram();
    const { project, grow } = await openPool({
      others: {
        b: {
          cpuModel: "another cpu",
          program: {
            ...slowProgram,
            // Every code costs the same there.
            benchmark: (_files, random) => slowProgram.benchmark({ "src/cost": "100\n" }, random),
          },
        },
      },
      yaml: `${YAML}`,
    });
    const { record, result } = await grow();
    const champion = result?.champion.id;
    expect(record.machines.b?.result?.champion).toBe(champion);
    expect(record.machines.b?.result?.comparison.metrics[0]).toMatchObject({ value: 100, gain: 0 });
    expect(project.events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        id: champion,
        message: `the gain of ${champion} in cost does not show on b (another cpu, 2 pairs)`,
      }),
    );
  });

  it("does not resume with another first machine than the one of the baseline", async () => {
    const { project, grow } = await openPool();
    await grow();
    const yaml = `${await readFile(join(project.directory, "loopty.yaml"), "utf8")}machines: [{ url: local, name: other }]\n`;
    await writeFile(join(project.directory, "loopty.yaml"), yaml);
    await expect(grow(1)).rejects.toMatchObject({
      message: "the baseline of run 1 was measured on local",
      hint: "name local as the first of machines, or start a new run: loopty run",
    });
  });
});
