import type { WorkspaceFile } from "../file.ts";
import type { ChangePart } from "./change-part.ts";

/** A word as most languages have names. */
const NAME = /[\p{L}_$][\p{L}\p{N}_$]*/gu;

/**
 * Groups of parts that put the same new name into the files, such as a variable under another name: leaving out one of
 * them alone would not build. Of names that stand in the same parts there is one group; the smallest groups come first.
 */
export function namedTogether(
  before: readonly WorkspaceFile[],
  parts: readonly ChangePart[],
): ChangePart[][] {
  const old = new Set(before.flatMap(({ content }) => namesIn(content.toString("utf8"))));
  const byName = new Map<string, Set<ChangePart>>();
  for (const part of parts) {
    for (const name of namesIn(part.hunk?.lines.join("") ?? "")) {
      if (old.has(name)) continue;
      byName.set(name, (byName.get(name) ?? new Set()).add(part));
    }
  }
  const groups = new Map<string, ChangePart[]>();
  for (const having of byName.values()) {
    const group = parts.filter((part) => having.has(part));
    if (group.length > 1) groups.set(group.map((part) => parts.indexOf(part)).join(), group);
  }
  return [...groups.values()].sort((a, b) => a.length - b.length);
}

function namesIn(text: string): string[] {
  return text.match(NAME) ?? [];
}
