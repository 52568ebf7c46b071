import type { NodeId } from "../../core/tree/id.ts";

/** What the address names: `#/1.3.2` is a node, `#/run/2` a run. Neither is the last run. */
export interface Route {
  readonly run: number | null;
  readonly node: NodeId | null;
}

const NODE = /^#\/([1-9]\d{0,8}(?:\.[1-9]\d{0,8})*)$/;
const RUN = /^#\/run\/([1-9]\d{0,8})$/;

export function parseRoute(hash: string): Route {
  const node = NODE.exec(hash)?.[1];
  if (node !== undefined && isNodeId(node)) return { run: Number(node.split(".")[0]), node };
  const run = RUN.exec(hash)?.[1];
  return { run: run === undefined ? null : Number(run), node: null };
}

export function nodeHash(id: NodeId): string {
  return `#/${id}`;
}

export function runHash(run: number): string {
  return `#/run/${run}`;
}

/**
 * The schema of ids would bring its whole library along. The pattern has checked the text, so only the length is left
 * to check.
 */
export function isNodeId(text: string): text is NodeId {
  return text.length <= 120;
}
