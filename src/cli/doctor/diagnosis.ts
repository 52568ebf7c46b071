import { formatCounted } from "../../core/text/number.ts";
import { printableBlock } from "../../core/text/printable.ts";
import type { Check } from "./check.ts";

const STATE_COLUMNS = 6;
const NAME_COLUMNS = 11;
const READY_WITHOUT_AGENT =
  "ready, but for the agent: loopty run --experiments 0, then loopty try, need none";
const URGENCY: Readonly<Record<Check["state"], number>> = { fail: 0, warn: 1, ok: 2 };

/**
 * All checks as lines, the failures first and what is fine last, and one closing line that says whether `loopty run` can start.
 * Several warnings of one name are one entry, unless `verbose`.
 */
export function diagnosisLines(checks: readonly Check[], verbose: boolean): string[] {
  const shown = (verbose ? checks : foldWarnings(checks)).toSorted(
    (a, b) => URGENCY[a.state] - URGENCY[b.state],
  );
  return [...shown.flatMap(checkLines), closingLine(checks)];
}

function closingLine(checks: readonly Check[]): string {
  const problems = checks.filter(({ state }) => state === "fail");
  const [first] = problems;
  if (first === undefined) {
    const hasAgent = checks.every(({ name, state }) => name !== "agent" || state === "ok");
    return hasAgent ? "ready: loopty run" : READY_WITHOUT_AGENT;
  }
  const [text = ""] = printableBlock(first.text).split("\n");
  return `${formatCounted(problems.length, "problem")}, first: ${first.name}: ${text}`;
}

function foldWarnings(checks: readonly Check[]): Check[] {
  const isWarning = (name: string) => (check: Check) =>
    check.name === name && check.state === "warn";
  return checks.flatMap((check): Check[] => {
    if (check.state !== "warn") return [check];
    const alike = checks.filter(isWarning(check.name));
    if (alike.length === 1) return [check];
    if (alike[0] !== check) return [];
    const hint = `${check.hint ?? ""}; --verbose shows all of them`;
    return [{ ...check, text: `${alike.length} warnings, first: ${check.text}`, hint }];
  });
}

function checkLines({ name, state, text, hint }: Check): string[] {
  const head = `${state.padEnd(STATE_COLUMNS)}${name.padEnd(NAME_COLUMNS)}`;
  const indent = " ".repeat(head.length);
  const [first = "", ...rest] = printableBlock(text).split("\n");
  return [
    `${head}${first}`,
    ...rest.map((line) => `${indent}${line}`),
    ...(hint === null ? [] : [`${indent}-> ${printableBlock(hint)}`]),
  ];
}
