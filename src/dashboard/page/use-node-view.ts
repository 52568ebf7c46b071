import { useEffect, useState } from "preact/hooks";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { NodeView } from "../node-view.ts";

export interface NodeViewState {
  /** `null` until it has arrived. */
  readonly view: NodeView | null;
  readonly problem: string | null;
}

/** Fetches the content of a node's folder, and again whenever its record or its step shows that there is more. */
export function useNodeView(
  id: NodeId,
  node: ExperimentNode | undefined,
  step: string,
): NodeViewState {
  const [state, setState] = useState<NodeViewState>({ view: null, problem: null });
  useEffect(() => {
    if (node === undefined) return;
    const leaving = new AbortController();
    fetchNode(id, leaving.signal)
      .then((view) => setState({ view, problem: null }))
      .catch((error: unknown) => {
        if (leaving.signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        setState((before) => ({ ...before, problem }));
      });
    return () => leaving.abort();
  }, [id, node, step]);
  return state;
}

async function fetchNode(id: NodeId, signal: AbortSignal): Promise<NodeView> {
  const answer = await fetch(`/api/nodes/${id}`, { signal });
  if (answer.ok) return answer.json();
  throw new Error(`the server answers ${answer.status} for ${id}`);
}
