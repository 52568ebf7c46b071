import { printable, printableBlock } from "../text/printable.ts";
import { bytesOf, cutLines, LEAST_CUT_BYTES } from "./cut-text.ts";

// Each tag has an underscore: `<map>` or `List<Task>` in a diff is code, and must come through as it is.
const TAGS = [
  "experiment_rules",
  "tool_use",
  "access_policy",
  "metric_definitions",
  "problem_statement",
  "project_commands",
  "workspace_files",
  "you_are",
  "lineage_to_parent",
  "writable_files",
  "parent_diff",
  "already_tried_here",
  "open_ideas",
  "other_experiments",
  "earlier_runs",
  "user_notes",
  "your_task",
  "your_budget",
] as const;
export type Tag = (typeof TAGS)[number];

const IMITATED_TAG = new RegExp(`<(?=\\s*/?\\s*(?:${TAGS.join("|")})\\b)`, "giu");

/** A text that can be written shorter. Sizes are bytes of UTF-8. */
export interface Body {
  readonly fullBytes: number;
  /** The text cannot be written at all in less. */
  readonly leastBytes: number;
  /** The text in at most `maxBytes`, which is at least `leastBytes`. It says what is left out. */
  fit(maxBytes: number): string;
}

export interface Section {
  readonly tag: Tag;
  readonly body: Body;
  /** The share of all the room that it may take before others of lower priority get theirs. */
  readonly share: number;
}

/** One line of a list, or a few, from the shortest way to write it to the fullest. */
export interface Entry {
  readonly levels: readonly [string, ...string[]];
}

export interface ListOptions<T extends Entry> {
  readonly intro: string;
  /** In the order shown. */
  readonly entries: readonly T[];
  /** The entries by importance. The first keeps its place and its length the longest. */
  readonly byImportance: readonly T[];
  /** Whether the most important entry is written as fully as possible before the others get any room. */
  readonly firstInFull?: boolean;
  /** The text for the entries that found no room; "" for nothing to say. */
  readonly leftOut: (entries: readonly T[]) => string;
}

/**
 * One line from an agent, a container or a path, made printable and no tag of the prompt. Every such text that a model
 * reads goes through this, at the start and later.
 */
export function dataLine(text: string): string {
  return withoutTags(printable(text, Number.MAX_SAFE_INTEGER));
}

/** The same for several lines. */
export function dataBlock(text: string): string {
  return withoutTags(printableBlock(text));
}

export function fixedBody(text: string): Body {
  const bytes = bytesOf(text);
  return { fullBytes: bytes, leastBytes: bytes, fit: () => text };
}

export function blockBody(intro: string, text: string): Body {
  const introBytes = bytesOf(intro) + 1;
  const bytes = bytesOf(text);
  return {
    fullBytes: introBytes + bytes,
    leastBytes: introBytes + Math.min(bytes, LEAST_CUT_BYTES),
    fit: (maxBytes) => `${intro}\n${cutLines(text, maxBytes - introBytes)}`,
  };
}

/**
 * A list whose entries do not all fit. The least important are dropped, and the text says so. Those that stay are
 * written as fully as there is room, all of them on one level before any of them on the next (but see `firstInFull`).
 */
export function listBody<T extends Entry>(options: ListOptions<T>): Body {
  const { intro, entries, byImportance, firstInFull = false, leftOut } = options;
  const all = byImportance.length;
  const lineBytes = (line: string) => (line === "" ? 0 : bytesOf(line) + 1);
  const growth = (entry: T | undefined, level: number) =>
    entry === undefined ? 0 : bytesOf(entry.levels[level] ?? "") - bytesOf(entry.levels[0]);

  // The bytes of the most important entries, each written the shortest way, with one entry more at every place.
  const shortestBytes = [bytesOf(intro)];
  for (const { levels } of byImportance) {
    shortestBytes.push((shortestBytes.at(-1) ?? 0) + lineBytes(levels[0]));
  }
  const size = (kept: number) =>
    (shortestBytes[kept] ?? 0) + lineBytes(leftOut(byImportance.slice(kept)));

  return {
    fullBytes: entries.reduce(
      (sum, entry) => sum + growth(entry, entry.levels.length - 1),
      size(all),
    ),
    leastBytes: Math.min(size(0), size(all)),
    fit(maxBytes) {
      const [first] = byImportance;
      const highest = firstInFull ? (first?.levels.length ?? 1) - 1 : 0;
      const start = largest(highest, (level) => size(1) + growth(first, level) <= maxBytes);
      const startBytes = growth(first, start);
      const kept = largest(all, (count) => size(count) + (count > 0 ? startBytes : 0) <= maxBytes);

      const shown = byImportance.slice(0, kept);
      const levelOf = new Map(shown.map((entry) => [entry, entry === first ? start : 0]));
      let room = maxBytes - size(kept) - (kept > 0 ? startBytes : 0);
      const levels = Math.max(0, ...shown.map((entry) => entry.levels.length));
      for (let level = 1; level < levels; level++) {
        for (const [entry, before] of levelOf) {
          const more = growth(entry, level) - growth(entry, before);
          if (level <= before || level >= entry.levels.length || more > room) continue;
          levelOf.set(entry, level);
          room -= more;
        }
      }
      const lines = entries.flatMap((entry) => entry.levels[levelOf.get(entry) ?? -1] ?? []);
      return [intro, ...lines, leftOut(byImportance.slice(kept))]
        .filter((line) => line !== "")
        .join("\n");
    },
  };
}

/**
 * The sections by their tags, in at most `maxBytes` together. They come in order of priority: each gets the least that
 * it needs, then up to its share, then what others left. Throws `RangeError` where not even the least fits.
 */
export function fitSections(
  sections: readonly Section[],
  maxBytes: number,
): ReadonlyMap<Tag, string> {
  const granted = new Map(sections.map(({ tag, body }) => [tag, body.leastBytes]));
  const frames = sections.reduce((sum, { tag }) => sum + bytesOf(tagged(tag, "")) + 2, 0);
  let room = maxBytes - frames - [...granted.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (room < 0) throw new RangeError(`the prompt needs ${-room} bytes more than ${maxBytes}`);
  for (const share of [true, false]) {
    for (const section of sections) {
      const { fullBytes } = section.body;
      const upTo = share ? Math.min(fullBytes, Math.floor(section.share * maxBytes)) : fullBytes;
      const has = granted.get(section.tag) ?? 0;
      const more = Math.min(room, Math.max(0, upTo - has));
      granted.set(section.tag, has + more);
      room -= more;
    }
  }
  return new Map(
    sections.map(({ tag, body }) => [tag, tagged(tag, body.fit(granted.get(tag) ?? 0))]),
  );
}

/** Sections one after another, a line apart; those that are not there are left out. */
export function joinSections(texts: ReadonlyMap<Tag, string>, tags: readonly Tag[]): string {
  return tags.flatMap((tag) => texts.get(tag) ?? []).join("\n\n");
}

function tagged(tag: Tag, text: string): string {
  return `<${tag}>\n${text}\n</${tag}>`;
}

function withoutTags(text: string): string {
  return text.replace(IMITATED_TAG, "<\\");
}

/** The largest number up to `most` that fits; 0 is taken to fit. */
function largest(most: number, fits: (number: number) => boolean): number {
  if (fits(most)) return most;
  let fitting = 0;
  let tooMuch = most;
  while (tooMuch - fitting > 1) {
    const middle = Math.floor((fitting + tooMuch) / 2);
    if (fits(middle)) fitting = middle;
    else tooMuch = middle;
  }
  return fitting;
}
