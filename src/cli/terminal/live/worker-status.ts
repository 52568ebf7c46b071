import type { RunEvent } from "../../../core/events/event.ts";
import { type Step, stepAfter } from "../../../core/events/step.ts";
import { compareIds, type NodeId } from "../../../core/tree/id.ts";

/** What one worker is doing. */
export interface WorkerStatus {
  readonly id: NodeId;
  /** Of a run with several; `null` before the node has one. */
  readonly machine: string | null;
  readonly step: Step;
  readonly sinceMs: number;
  /** The last streamed values of the first metric, the newest at the end; `null` before any row. */
  readonly streamed: { readonly name: string; readonly values: readonly number[] } | null;
}

export type WorkerStatuses = ReadonlyMap<NodeId, WorkerStatus>;

export const NO_WORKERS: WorkerStatuses = new Map();

/** As many values as a sparkline shows. */
const MOST_VALUES = 16;

export function workersAfter(workers: WorkerStatuses, event: RunEvent): WorkerStatuses {
  switch (event.type) {
    case "row_streamed":
      return withRow(workers, event);
    case "node_placed": {
      const worker = workers.get(event.id) ?? beginning(event, { name: "preparing", pairs: null });
      return new Map(workers).set(event.id, { ...worker, machine: event.machine });
    }
    case "confirmation_finished":
    case "node_finished": {
      const next = new Map(workers);
      next.delete(event.id);
      return next;
    }
    case "run_started":
    case "run_resumed":
    case "run_finished":
      return NO_WORKERS;
    default: {
      const begun = stepAfter(event);
      if (begun === null) return workers;
      const { id, step } = begun;
      const before = workers.get(id);
      const isSame = before?.step.name === step.name;
      const sinceMs = isSame ? before.sinceMs : Date.parse(begun.at);
      return new Map(workers).set(id, { ...(before ?? beginning(begun, step)), step, sinceMs });
    }
  }
}

/** Workers in the order of a tree, so that lines keep their places. */
export function inOrder(workers: WorkerStatuses): WorkerStatus[] {
  return [...workers.values()].sort((a, b) => compareIds(a.id, b.id));
}

function withRow(
  workers: WorkerStatuses,
  { id, at, side, values }: Extract<RunEvent, { type: "row_streamed" }>,
): WorkerStatuses {
  const [first] = Object.entries(values);
  // People would read the parent's numbers beside the child's name as the child's.
  if (side === "parent" || first === undefined) return workers;
  const [name, value] = first;
  const before = workers.get(id);
  const known = before?.streamed?.name === name ? before.streamed.values : [];
  const worker = before ?? beginning({ id, at }, { name: "measuring", pairs: null });
  const streamed = { name, values: [...known.slice(1 - MOST_VALUES), value] };
  return new Map(workers).set(id, { ...worker, streamed });
}

function beginning(
  { id, at }: Pick<WorkerStatus, "id"> & { at: string },
  step: Step,
): WorkerStatus {
  return { id, machine: null, step, sinceMs: Date.parse(at), streamed: null };
}
