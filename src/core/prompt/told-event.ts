import type { AccessRules } from "../access/policy.ts";
import type { RunEvent } from "../events/event.ts";
import { isHiding, toldReason } from "./told-node.ts";

/**
 * The event as an agent may know it; `null` for one that it may not. Where something is hidden, rows and warnings are not told: code
 * that ran beside the hidden files may have written them.
 */
export function toldEvent(
  event: RunEvent,
  access: Pick<AccessRules, "hidden" | "default">,
): RunEvent | null {
  if (!isHiding(access)) return event;
  switch (event.type) {
    case "row_streamed":
    case "warning":
    case "calibration_finished":
    case "machine_lost":
      return null;
    case "verify_finished":
      return { ...event, reason: event.passed ? "" : "verify failed" };
    case "node_finished":
    case "confirmation_finished":
      return { ...event, reason: toldReason(event, access) };
    case "run_finished":
      return FAILED_ENDS.has(event.reason) ? { ...event, text: "" } : event;
    default:
      return event;
  }
}

/** Their text is an error's, perhaps with what a command printed. */
const FAILED_ENDS: ReadonlySet<string> = new Set(["baseline_failed", "failed"]);
