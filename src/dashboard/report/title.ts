import { printable } from "../../core/text/printable.ts";
import { outcomeTitle } from "./outcome.ts";
import type { RunReport } from "./report.ts";

/** `matmul, run 1: time_ms 4.37x` */
export function reportTitle({ project, view, outcome }: RunReport): string {
  const name = project === "" ? "" : `${printable(project, 60)}, `;
  return `${name}run ${view.head.run}: ${outcomeTitle(outcome)}`;
}
