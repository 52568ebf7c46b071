import type { RunEvent } from "../../core/events/event.ts";
import { stepAfter, stepText } from "../../core/events/step.ts";
import type { NodeId } from "../../core/tree/id.ts";

/** What is being done about a node. */
export interface Activity {
  readonly step: string;
  readonly sinceMs: number;
  /** Rows of the run of the benchmark that is under way, or of the last one. */
  readonly rows: readonly StreamedRow[];
  /** The run that the rows belong to, such as `pair 3, child`. */
  readonly rowsOf: string;
}

interface StreamedRow {
  readonly iteration: number;
  readonly values: Readonly<Record<string, number>>;
}

export type Activities = ReadonlyMap<NodeId, Activity>;

const MOST_ROWS = 5000;

export function afterEvent(activities: Activities, event: RunEvent): Activities {
  switch (event.type) {
    case "row_streamed":
      return putRow(activities, event);
    case "confirmation_finished":
    case "node_finished": {
      const next = new Map(activities);
      next.delete(event.id);
      return next;
    }
    default: {
      const begun = stepAfter(event);
      return begun === null
        ? activities
        : put(activities, begun.id, begun.at, stepText(begun.step));
    }
  }
}

function put(activities: Activities, id: NodeId, at: string, step: string): Activities {
  const before = activities.get(id);
  const sinceMs = before?.step === step ? before.sinceMs : Date.parse(at);
  const { rows, rowsOf } = before ?? { rows: [], rowsOf: "" };
  return new Map(activities).set(id, { step, sinceMs, rows, rowsOf });
}

function putRow(
  activities: Activities,
  { id, at, side, pair, iteration, values }: Extract<RunEvent, { type: "row_streamed" }>,
): Activities {
  const before = activities.get(id) ?? { step: "measuring", sinceMs: Date.parse(at) };
  const rowsOf = side === "baseline" ? "the baseline" : `pair ${pair}, ${side}`;
  const known = "rows" in before && before.rowsOf === rowsOf ? before.rows : [];
  // Iterations grow. A row that does not grow begins another run of the benchmark.
  const isNew = iteration <= (known.at(-1)?.iteration ?? -1);
  const rows = [...(isNew ? [] : known.slice(1 - MOST_ROWS)), { iteration, values }];
  return new Map(activities).set(id, { step: before.step, sinceMs: before.sinceMs, rows, rowsOf });
}
