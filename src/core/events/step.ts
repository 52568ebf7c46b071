import { printable } from "../text/printable.ts";
import type { NodeId } from "../tree/id.ts";
import type { Purpose, RunEvent } from "./event.ts";

/** What is being done about a node. */
export interface Step {
  readonly name: string;
  /** How many pairs are done; `null` where none are made. */
  readonly pairs: number | null;
}

const WHY: Readonly<Record<Purpose, string>> = {
  calibrate: "calibrating",
  judge: "measuring",
  guard: "guarding",
  confirm: "confirming",
  result: "measuring the result",
  compare: "comparing",
};

/** The step of a node from this event on; `null` where the event begins none. */
export function stepAfter(
  event: RunEvent,
): { readonly id: NodeId; readonly at: string; readonly step: Step } | null {
  const into = (id: NodeId, name: string, pairs: number | null = null) => ({
    id,
    at: event.at,
    step: { name, pairs },
  });
  switch (event.type) {
    case "node_reserved":
      return into(event.id, "preparing");
    case "agent_started":
      return into(event.id, event.repair === 0 ? "agent edits" : `agent repairs (${event.repair})`);
    case "agent_finished":
      return into(event.id, "snapshot");
    case "node_proposed":
      return into(event.id, "building");
    case "build_finished":
      return into(event.id, event.passed ? "verifying" : "build failed");
    case "verify_finished":
      return into(event.id, event.passed ? "measuring" : "verify failed");
    case "measuring_waits":
      return into(event.id, waitText(event));
    case "measuring_begins":
      return into(event.id, "measuring");
    case "pair_finished":
      return into(event.id, WHY[event.purpose], event.pair);
    default:
      return null;
  }
}

/** `waiting for another loopty to measure (pid 4711, primes)` */
export function waitText({ pid, project }: Extract<RunEvent, { type: "measuring_waits" }>): string {
  const named = project === null ? "" : `, ${printable(project, 40)}`;
  return `waiting for another loopty to measure (pid ${pid}${named})`;
}

/** `measuring, 3 pairs` */
export function stepText({ name, pairs }: Step): string {
  return pairs === null ? name : `${name}, ${pairs} ${pairs === 1 ? "pair" : "pairs"}`;
}
