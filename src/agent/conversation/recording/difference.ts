import { printable } from "../../../core/text/printable.ts";

const MAX_SHOWN = 80;
const CONTEXT = 20;

/** The first difference of two JSON values, in words; `null` where they are equal. */
export function firstDifference(recorded: unknown, now: unknown, path = ""): string | null {
  if (Object.is(recorded, now)) return null;
  if (Array.isArray(recorded) && Array.isArray(now)) {
    const length = Math.max(recorded.length, now.length);
    const differences = Array.from({ length }, (_, index) =>
      firstDifference(recorded[index], now[index], `${path}[${index}]`),
    );
    return differences.find((difference) => difference !== null) ?? null;
  }
  if (isRecord(recorded) && isRecord(now)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(now)]);
    for (const key of keys) {
      const at = path === "" ? key : `${path}.${key}`;
      const difference = firstDifference(recorded[key], now[key], at);
      if (difference !== null) return difference;
    }
    return null;
  }
  const from =
    typeof recorded === "string" && typeof now === "string" ? commonStart(recorded, now) : 0;
  return `${path} is ${shown(now, from)}, recorded was ${shown(recorded, from)}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A little before the place where two texts part. */
function commonStart(a: string, b: string): number {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return Math.max(0, same - CONTEXT);
}

function shown(value: unknown, from: number): string {
  if (value === undefined) return "missing";
  const text = typeof value === "string" ? value.slice(from) : JSON.stringify(value);
  return `"${from > 0 ? "…" : ""}${printable(text, MAX_SHOWN)}"`;
}
