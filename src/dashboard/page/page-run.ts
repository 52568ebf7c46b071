import type { RunEvent } from "../../core/events/event.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { ChangeMessage, RunHead, WholeMessage } from "../run-view.ts";
import { type Activities, afterEvent } from "./activity.ts";

/** A run as the page knows it, message by message. */
export interface PageRun {
  readonly project: string;
  readonly runs: readonly number[];
  readonly live: boolean;
  readonly head: RunHead | null;
  /** In order of reservation. */
  readonly nodes: readonly ExperimentNode[];
  readonly byId: ReadonlyMap<NodeId, ExperimentNode>;
  readonly activities: Activities;
  /** Why the run ended; `null` while it is running, or when it was killed. */
  readonly end: string | null;
  /** The last warnings; the terminal has more. */
  readonly warnings: readonly string[];
}

/** Whether a loopty works on this very run, so that unfinished nodes are under way. */
export function isRunning({ live, end, head, runs }: PageRun): boolean {
  return live && end === null && head !== null && head.run === runs.at(-1);
}

const MOST_WARNINGS = 20;

export function stateOfWhole({ project, runs, live, view, events }: WholeMessage): PageRun {
  const nodes = view?.nodes ?? [];
  const state: PageRun = {
    project,
    runs,
    live,
    head: view?.head ?? null,
    nodes,
    byId: new Map(nodes.map((node) => [node.id, node])),
    activities: new Map(),
    end: null,
    warnings: [],
  };
  return events.reduce(afterRunEvent, state);
}

export function stateAfterChange(state: PageRun, change: ChangeMessage): PageRun {
  const { runs, live, head, events } = change;
  const byId = new Map(state.byId);
  for (const node of change.nodes) byId.set(node.id, node);
  // A map keeps the place of what it had. New nodes come last, in order of reservation.
  const nodes = change.nodes.length === 0 ? state.nodes : [...byId.values()];
  // A run's metrics stay what its baseline found. The same object keeps the pictures from being drawn again.
  const { metrics = [] } = state.head ?? {};
  const sameHead = metrics.length === 0 ? head : { ...head, metrics };
  return events.reduce(afterRunEvent, { ...state, runs, live, head: sameHead, nodes, byId });
}

function afterRunEvent(state: PageRun, event: RunEvent): PageRun {
  switch (event.type) {
    case "run_started":
    case "run_resumed":
      return { ...state, end: null, activities: new Map() };
    case "run_finished":
      // Older runs recorded no text.
      return { ...state, end: event.text || event.reason, activities: new Map() };
    case "warning": {
      const text = event.id === null ? event.message : `${event.id}: ${event.message}`;
      return { ...state, warnings: [...state.warnings, text].slice(-MOST_WARNINGS) };
    }
    default:
      return { ...state, activities: afterEvent(state.activities, event) };
  }
}
