import { describe, expect, it } from "vitest";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { openProject } from "../../src/store/project.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { baselineWith } from "./baseline-fixture.ts";
import { FakeProcesses } from "./processes.ts";
import { RUN_START } from "./run-start.ts";
import { scratchFolder } from "./scratch.ts";

const NODES = 300;
const STATES = 40;

describe("readers beside a writer", () => {
  it("need no lock, and see every state whole: nodes saved together, and run.json with its index", async () => {
    const directory = scratchFolder();
    const processes = new FakeProcesses();
    const worldOf = (pid: number) => ({
      now: () => new Date(),
      newUuid: () => crypto.randomUUID(),
      processes: processes.start(pid),
    });
    const project = await openProject(directory, worldOf(10));
    await using lock = await project.lock();
    await using store = await project.createRun(lock, RUN_START);
    const nodes = ["1", ...Array.from({ length: NODES }, (_, i) => `1.${i + 1}`)].map(
      (id, ordinal) => experimentNode(id, { ordinal }),
    );
    for (const node of nodes) await store.reserve(node);

    let writing = true;
    const write = async () => {
      for (let state = 1; state <= STATES; state++) {
        // First what the others are understood by, as at the end of a baseline.
        await store.setFindings({ baseline: baselineWith([], { benchmarkMs: state }) });
        await store.save(...nodes.map((node) => ({ ...node, repairs: state })));
      }
      writing = false;
    };
    const seen = new Set<number>();
    const read = async (pid: number) => {
      const other = await openProject(directory, worldOf(pid));
      while (writing) {
        const run = await other.openRun(1);
        const states = new Set(run.nodes.map(({ repairs }: ExperimentNode) => repairs));
        expect([...states]).toHaveLength(1);
        const [state = 0] = states;
        expect(run.nodes).toHaveLength(NODES + 1);
        expect(run.record.baseline?.benchmarkMs ?? 0).toBeGreaterThanOrEqual(state);
        seen.add(state);
      }
    };
    await Promise.all([write(), read(11), read(12)]);
    expect(seen.size).toBeGreaterThan(1);
  });
});
