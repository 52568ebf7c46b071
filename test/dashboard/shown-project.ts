import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent } from "../../src/core/events/event.ts";
import type { NodeId } from "../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { writeWholeFile } from "../../src/store/files/atomic-file.ts";
import { openProject, type Project } from "../../src/store/project.ts";
import type { RunFindings } from "../../src/store/run-record.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { TIME } from "../cli/stored-run.ts";
import { baselineWith } from "../store/baseline-fixture.ts";
import { RUN_START } from "../store/run-start.ts";

const CONFIG = {
  name: "matmul",
  agent: { kind: "claude" },
  budget: { tokens: 2_000_000, experiments: 200, costUsd: 20, timeMs: null, until: null },
};

/** A project on disk with runs that no agent made, written as loopty writes them. */
export interface ShownProject {
  readonly project: Project;
  readonly addRun: (
    nodes: readonly ExperimentNode[],
    findings?: RunFindings,
    agent?: object,
  ) => Promise<number>;
  /** Replaces the index of a run as its writer does: by a rename. */
  readonly saveNodes: (run: number, nodes: readonly ExperimentNode[]) => Promise<void>;
  readonly tellEvents: (run: number, events: readonly RunEvent[]) => Promise<void>;
  readonly putFile: (id: NodeId, name: string, content: string | Buffer) => Promise<void>;
}

export async function shownProject(directory: string): Promise<ShownProject> {
  const world = fakeWorld(directory);
  const project = await openProject(directory, world);
  const folderOf = (run: number) => join(project.folder, "runs", String(run));
  const saveNodes = async (run: number, nodes: readonly ExperimentNode[]) => {
    const text = JSON.stringify({ formatVersion: 1, nodes });
    await writeWholeFile(join(folderOf(run), "tree.json"), text);
  };
  return {
    project,
    saveNodes,
    addRun: async (nodes, findings = {}, agent = CONFIG.agent) => {
      await using lock = await project.lock();
      await using store = await project.createRun(lock, {
        ...RUN_START,
        config: { ...CONFIG, agent },
      });
      await store.setFindings({ baseline: baselineWith([TIME]), ...findings });
      await saveNodes(store.record.run, nodes);
      return store.record.run;
    },
    tellEvents: async (run, events) => {
      const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
      await writeFile(join(folderOf(run), "events.jsonl"), text, { flag: "a" });
    },
    putFile: async (id, name, content) => {
      const folder = join(folderOf(Number(id.split(".")[0])), "nodes", id);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), content);
    },
  };
}
