import type { Metric } from "../metrics/metric.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { verdictWord } from "../views/node.ts";
import { bytesOf, cutLines } from "./cut-text.ts";
import { nodeEntry } from "./node-entry.ts";

/** The folder in an agent's container with a folder for every node of the run. */
export const NODES_FOLDER = "/loopty/nodes";

/** All that is kept of the nodes may take so much of a container, the newest nodes first. */
export const DEFAULT_NODES_BYTES = 8 * 1024 ** 2;
const MAX_FILE_BYTES = 64 * 1024;

/** A file of a node, as it is kept. */
export interface KeptFile {
  readonly name: string;
  readonly text: string;
}

/** A file for agents. The path is relative to `NODES_FOLDER`. */
export interface AgentFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A node's folder: what was told of it, and what was kept. Its name has the order, the id and the verdict, so that each
 * line that `grep -r` finds says where it stands, the oldest first.
 */
export function nodeFiles(
  node: ExperimentNode,
  kept: readonly KeptFile[],
  metrics: readonly Metric[],
): AgentFile[] {
  const folder = `${String(node.ordinal).padStart(4, "0")}-${node.id}-${verdictWord(node)}`;
  const ideas = node.lesson.ideas.map((idea, index) => `idea ${index + 1}: ${idea}`);
  const about = [nodeEntry(node, metrics).levels.at(-1) ?? "", ...ideas, ""].join("\n");
  return [{ name: "about.txt", text: about }, ...kept]
    .filter(({ text }) => text !== "")
    .map(({ name, text }) => ({ path: `${folder}/${name}`, text: cutLines(text, MAX_FILE_BYTES) }));
}

/** The files of as many nodes as fit, the newest first; none is left out for an older one. */
export function fittingFiles(
  nodes: readonly (readonly AgentFile[])[],
  maxBytes: number,
): AgentFile[] {
  let room = maxBytes;
  const fitting = nodes.toReversed().filter((files) => {
    room -= files.reduce((sum, { path, text }) => sum + bytesOf(path) + bytesOf(text), 0);
    return room >= 0;
  });
  return fitting.toReversed().flat();
}
