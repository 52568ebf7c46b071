import type { RunEvent } from "../core/events/event.ts";
import { printable } from "../core/text/printable.ts";

/** Events that somebody waits for. The others say how far it has come. */
export const AWAITED: ReadonlySet<RunEvent["type"]> = new Set([
  "run_started",
  "node_finished",
  "confirmation_finished",
  "run_finished",
]);

/** A line for a model; `null` for what says too little. */
export function eventText(event: RunEvent): string | null {
  switch (event.type) {
    case "run_started":
      return `run ${event.run} started`;
    case "node_reserved":
      return `${event.id} began`;
    case "node_proposed":
      return `${event.id} is stored, and is built`;
    case "build_finished":
      return `${event.id} build ${event.passed ? "passed" : "failed"}`;
    case "verify_finished":
      return `${event.id} verify ${event.passed ? "passed" : "failed"}`;
    case "pair_finished":
      return `${event.id} pair ${event.pair} (${event.purpose})`;
    case "confirmation_finished":
      return `${event.id} measured again: ${event.verdict}: ${printable(event.reason, 500)}`;
    case "node_finished":
      return `${event.id} ${event.verdict ?? "baseline"}: ${printable(event.reason, 500)}`;
    case "run_finished":
      return `the run ended (${event.reason}): ${printable(event.text, 500)}; best ${event.best ?? "none"}`;
    default:
      return null;
  }
}
