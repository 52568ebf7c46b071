/** No record comes near it. An engine parses deeper values than it can write again or walk, and how deep depends on its stack. */
export const MAX_JSON_DEPTH = 64;

/** The value of a text of JSON; `undefined` for what is none, and for what is nested deeper than `MAX_JSON_DEPTH`. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isNestedDeeper(value, MAX_JSON_DEPTH) ? undefined : value;
}

/** Whether arrays and objects stand in one another more than so many levels deep. It does not recur, so that any depth will do. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  let level = [value].filter(isNest);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return true;
    level = level.flatMap((nest) => Object.values(nest).filter(isNest));
  }
  return false;
}

function isNest(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What a file of JSON lines holds, and how many of its lines are no entry: another version wrote them, or something damaged them. */
export interface ReadLines<T> {
  readonly entries: readonly T[];
  readonly lostLines: number;
}

/**
 * Reads the whole lines of a text of JSON lines. What stands after the last line feed counts as nothing: its writer is at
 * it, or was killed before it told anybody.
 *
 * @param parse returns `undefined` for a value that is no entry
 */
export function parseJsonLines<T>(
  text: string,
  parse: (json: unknown) => T | undefined,
): ReadLines<T> {
  const lines = text.split("\n").slice(0, -1);
  const whole = lines.filter((line) => line.trim() !== "");
  const entries = whole
    .map((line) => parse(parseJson(line)))
    .filter((entry) => entry !== undefined);
  return { entries, lostLines: whole.length - entries.length };
}

/** `2 lines of events.jsonl cannot be read, and are left out`: who reads a file that lost lines says so. */
export function lostLinesText(lostLines: number, file: string): string {
  const [lines, are] = lostLines === 1 ? ["line", "is"] : ["lines", "are"];
  return `${lostLines} ${lines} of ${file} cannot be read, and ${are} left out`;
}

/** Whether two values are written alike as JSON, in whatever order the keys of their objects stand. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

function canonicalJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, each: unknown) =>
    isNest(each) && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
