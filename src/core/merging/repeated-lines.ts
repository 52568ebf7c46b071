import type { ExperimentNode } from "../tree/node.ts";
import { isLost, type Verdict } from "../tree/verdict.ts";

/** Verdicts that say that the lines of a change were no good where they stood. */
const NO_GOOD: readonly Verdict[] = [
  "worse",
  "stopped_early",
  "build_failed",
  "verify_failed",
  "bench_failed",
  "metrics_invalid",
  "timeout",
  "out_of_memory",
];
/** Fewer characters, such as `}` or `return;`, stand in any change. */
const LEAST_TEXT = 8;

/** Whether it is worth telling that another change has the lines of this one again. */
export function isNoGood({ phase, verdict, diff }: ExperimentNode): boolean {
  if (phase !== "finished" || verdict === null || isLost(verdict) || diff === null) return false;
  return NO_GOOD.includes(verdict);
}

/** A change, as git writes it. */
export interface Patched<T> {
  readonly of: T;
  readonly patch: string;
}

/**
 * The earlier change all of whose new lines are new in this patch too, in the same files; the one with the most lines, of
 * several the latest. `null` where there is none. Lines that a patch only moves count in neither, nor do those of few characters.
 */
export function repeatedBy<T>(patch: string, earlier: readonly Patched<T>[]): T | null {
  const own = newLines(patch);
  let most = 0;
  let found: T | null = null;
  for (const { of, patch: other } of earlier) {
    const lines = newLines(other);
    if (lines.size === 0 || lines.size < most) continue;
    if (![...lines].every((line) => own.has(line))) continue;
    [most, found] = [lines.size, of];
  }
  return found;
}

function newLines(patch: string): Set<string> {
  const added = new Set<string>();
  const removed = new Set<string>();
  let path = "";
  for (const line of patch.split("\n")) {
    if (line.startsWith("diff --git ")) path = line;
    if (line.startsWith("+++ ") || line.startsWith("--- ")) continue;
    const text = line.slice(1).trim();
    if (text.length < LEAST_TEXT) continue;
    if (line.startsWith("+")) added.add(`${path}\n${text}`);
    if (line.startsWith("-")) removed.add(`${path}\n${text}`);
  }
  for (const line of removed) added.delete(line);
  return added;
}
