import type { ExperimentNode } from "../tree/node.ts";
import type { RunEnd, RunEvent } from "./event.ts";

/** Where a run is. */
export type RunState =
  | { readonly kind: "running" }
  /** Stopped by a person, or killed: `loopty run --resume` resumes the last run. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "finished"; readonly reason: RunEnd; readonly text: string };

/**
 * @param events of a run; only its starts and ends are looked at
 * @param isHeld whether a loopty works on it now
 */
export function runStateOf(
  events: readonly RunEvent[],
  nodes: readonly Pick<ExperimentNode, "phase">[],
  isHeld: boolean,
): RunState {
  const last = events.findLast(({ type }) => type.startsWith("run_"));
  if (isHeld && last?.type !== "run_finished") return { kind: "running" };
  // Commands that look at a finished run resume it as well, and emit no end.
  const end = events.findLast((event) => event.type === "run_finished");
  const isOpen = nodes.some(({ phase }) => phase !== "finished");
  if (isOpen || end === undefined || end.reason === "interrupted") return { kind: "interrupted" };
  return { kind: "finished", reason: end.reason, text: end.text };
}

/** `running`, `interrupted`, `finished: budget spent`. */
export function runStateText(state: RunState): string {
  return state.kind === "finished" ? `finished: ${state.reason.replaceAll("_", " ")}` : state.kind;
}
