import { existsSync } from "node:fs";
import { join } from "node:path";
import { serialize } from "node:v8";
import type { WorkspaceFile } from "../../src/core/file.ts";
import type { PairRecord } from "../../src/core/judging/pair.ts";
import type { Metric } from "../../src/core/metrics/metric.ts";
import { nodeIdSchema, parentId } from "../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { CodeRepository } from "../../src/store/git/code-repository.ts";
import { openProject } from "../../src/store/project.ts";
import type { RunFindings, RunStart } from "../../src/store/run-record.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { baselineWith } from "../store/baseline-fixture.ts";
import { RUN_START } from "../store/run-start.ts";
import type { FakeWorld } from "./fake-world.ts";
import { FolderCopy } from "./folder-copy.ts";

export const TIME: Metric = {
  header: "time_ms (lower is better)",
  name: "time_ms",
  direction: "lower",
};

export interface StoredNodeSpec {
  readonly id: string;
  readonly fields?: Partial<Omit<ExperimentNode, "id" | "parent">>;
  /** Path to text; a path that ends in "!" is executable. A node without them ended without files. */
  readonly files?: Readonly<Record<string, string>>;
  readonly pairs?: readonly PairRecord[];
  readonly logs?: Partial<Record<"build.log" | "verify.log" | "bench.log", string | Buffer>>;
}

/** The first runs of projects that this process made, by what they were made of. */
const madeBefore = new Map<string, { folder: FolderCopy; nodes: readonly ExperimentNode[] }>();

/**
 * Makes a run on disk in the project of the world's current folder, and gives its nodes as stored. A project whose first run was
 * made here before is a copy of that one, byte by byte: git takes some twenty processes to make it.
 */
export async function storeRun(
  world: FakeWorld,
  specs: readonly StoredNodeSpec[],
  findings: RunFindings = {},
  start: Partial<RunStart> = {},
): Promise<ExperimentNode[]> {
  const folder = join(world.cwd, ".loopty");
  if (existsSync(folder)) return makeRun(world, specs, findings, start);
  const made = serialize([specs, findings, start, world.now(), world.newUuid()]).toString("latin1");
  const before = madeBefore.get(made);
  if (before !== undefined) {
    before.folder.writeTo(folder);
    return structuredClone([...before.nodes]);
  }
  const nodes = await makeRun(world, specs, findings, start);
  madeBefore.set(made, { folder: FolderCopy.of(folder), nodes: structuredClone(nodes) });
  return nodes;
}

async function makeRun(
  world: FakeWorld,
  specs: readonly StoredNodeSpec[],
  findings: RunFindings,
  start: Partial<RunStart>,
): Promise<ExperimentNode[]> {
  const project = await openProject(world.cwd, world);
  await using lock = await project.lock();
  const config = { ...RUN_START.config, agent: { kind: "tuner" }, ...start.config };
  await using store = await project.createRun(lock, { ...RUN_START, ...start, config });
  await store.setFindings({ baseline: baselineWith([TIME]), ...findings });
  const code = await CodeRepository.open(project.codeFolder, world.env.PATH ?? "");
  for (const [ordinal, { id, fields, files, pairs, logs }] of specs.entries()) {
    const node = experimentNode(id, { ordinal, ...fields });
    const parent = parentId(node.id);
    const parentCommit = parent === null ? null : (store.node(parent)?.commit ?? null);
    const stored =
      files === undefined
        ? null
        : await code.commitFiles({
            files: workspaceFiles(files),
            parentCommit,
            message: id,
            branch: `loopty-${id}`,
            date: world.now(),
          });
    await store.reserve({ ...node, commit: stored?.commit ?? null, tree: stored?.tree ?? null });
    if (stored !== null) {
      const { patch } = await code.diff(parentCommit, stored.commit);
      await store.writeNodeFile(nodeIdSchema.parse(id), "diff.patch", patch);
    }
    for (const pair of pairs ?? []) await store.appendNodeLine(node.id, "runs.jsonl", pair);
    for (const name of ["build.log", "verify.log", "bench.log"] as const) {
      const log = logs?.[name];
      if (log !== undefined) await store.writeNodeFile(node.id, name, log);
    }
  }
  return [...store.nodes];
}

export function workspaceFiles(files: Readonly<Record<string, string>>): WorkspaceFile[] {
  return Object.entries(files).map(([name, text]) => ({
    path: name.replace(/!$/, ""),
    mode: name.endsWith("!") ? "100755" : "100644",
    content: Buffer.from(text),
  }));
}
