import { linesOf, numbered } from "./view.ts";

const MAX_REGIONS = 3;
const MAX_SHOWN_LINES = 6;
/** Beyond these the search costs more than its hint is worth. */
const MAX_OLD_LINES = 200;
const MAX_FILE_LINES = 50_000;

/**
 * The places of a file that are most like a text that is not in it, white space aside. They are lines to show, the best
 * first.
 */
export function nearestRegions(text: string, old: string): string[] {
  const lines = linesOf(text);
  const wanted = linesOf(old).map((line) => line.trim());
  if (wanted.length > MAX_OLD_LINES || lines.length > MAX_FILE_LINES) return [];
  const regions = lines
    .map((_, start) => ({ start, score: scoreAt(lines, start, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.start - b.start);
  const chosen: typeof regions = [];
  for (const region of regions) {
    if (chosen.length === MAX_REGIONS) break;
    const apart = chosen.every(({ start }) => Math.abs(start - region.start) >= wanted.length);
    if (apart) chosen.push(region);
  }
  if (chosen.length === 0) return [];
  const shown = Math.min(wanted.length, MAX_SHOWN_LINES);
  return [
    "the most similar places are:",
    ...chosen.flatMap(({ start }, index) => [
      ...(index === 0 ? [] : ["  ..."]),
      ...numbered(lines.slice(start, start + shown), start + 1),
    ]),
  ];
}

/** How many of the wanted lines stand where they would have to. */
function scoreAt(lines: readonly string[], start: number, wanted: readonly string[]): number {
  return wanted.filter((line, index) => line !== "" && lines[start + index]?.trim() === line)
    .length;
}
