import { HISTORY_FILE, historyLines } from "../../core/prompt/history.ts";
import {
  DEFAULT_NODES_BYTES,
  fittingFiles,
  type KeptFile,
  NODES_FOLDER,
  nodeFiles,
} from "../../core/prompt/node-files.ts";
import { isHiding, toldNode } from "../../core/prompt/told-node.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { NoteFile } from "../../sandbox/sandbox.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import type { AgentlessRun } from "../run/run.ts";

/** Builds run without the hidden files. What comes after may print them. */
const OPEN = ["diff.patch", "build.log"] as const;
const AFTER_HIDDEN = ["verify.log", "bench.log", "metrics.csv"] as const;

/** What an agent can look up of every node of the run: a prompt has room for a part of it. */
export async function toldFiles({ problem, records }: AgentlessRun): Promise<NoteFile[]> {
  const { access } = problem.config;
  const { store } = records;
  const nodes = store.nodes.map((node) => toldNode(node, access));
  const metrics = metricsOf(store.record);
  const names = isHiding(access) ? OPEN : [...OPEN, ...AFTER_HIDDEN];
  const keptOf = async (node: ExperimentNode): Promise<KeptFile[]> => {
    // A baseline's diff is the whole project, which the agent has.
    const wanted = names.filter((name) => node.parent !== null || name !== "diff.patch");
    const files = wanted.map(async (name) => {
      const content = await store.readNodeFile(node.id, name);
      return { name, text: content?.toString("utf8") ?? "" };
    });
    return Promise.all(files);
  };
  const folders = [];
  for (const node of nodes) folders.push(nodeFiles(node, await keptOf(node), metrics));
  return [
    { path: HISTORY_FILE.slice(1), content: Buffer.from(historyLines(nodes)) },
    ...fittingFiles(folders, DEFAULT_NODES_BYTES).map(({ path, text }) => ({
      path: `${NODES_FOLDER.slice(1)}/${path}`,
      content: Buffer.from(text),
    })),
  ];
}
