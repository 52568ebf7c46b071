import { UserError } from "../error.ts";
import { type Glob, isWild, matcherOf, overlapOf } from "./glob.ts";
import { checkPath, depthOfPath, isBelow } from "./path.ts";

export type Access = "writable" | "readable" | "hidden";

/** One rule of `access`, after its braces were written out. */
export interface AccessRule {
  readonly access: Access;
  /** As the user wrote it. */
  readonly text: string;
  readonly kind: "file" | "folder" | "glob";
  /** The file, the folder, or the folder of the glob's literal prefix; `""` is the workspace. */
  readonly path: string;
  /** The files that the rule is about. */
  readonly glob: Glob;
  matches(path: string): boolean;
}

/**
 * Reads `src/a.c` (a file), `src/` (all below a folder, `./` all), `src/*.c`, `src/**\/*.c` or `src/*.{c,h}` (a glob).
 * Braces are written out, each alternative a rule of its own. Throws `UserError` for anything else.
 */
export function parseRule(text: string, access: Access): readonly AccessRule[] {
  const refuse = (reason: string, hint: string) =>
    new UserError(`access.${access}: "${text}" ${reason}`, { hint });
  const alternatives = writeOutBraces(text);
  if (alternatives === null) {
    throw refuse("has braces that do not pair up", "write alternatives as {c,h}");
  }
  return alternatives.map((alternative): AccessRule => {
    const glob = toGlob(alternative);
    const reason = checkPath(glob.join("/"));
    if (reason !== null) {
      throw refuse(
        reason,
        "name a file, a folder/ or a glob inside of the workspace, such as src/*.c",
      );
    }
    if (glob.some((part) => part.includes("**") && part !== "**")) {
      throw refuse("has ** beside other characters", "** stands for whole folders: src/**/*.c");
    }
    const wildFrom = glob.findIndex(isWild);
    const path = (wildFrom < 0 ? glob : glob.slice(0, wildFrom)).join("/");
    if (wildFrom < 0) {
      return { access, text, kind: "file", path, glob, matches: (other) => other === path };
    }
    if (glob.slice(wildFrom).join("/") === "**/*") {
      return { access, text, kind: "folder", path, glob, matches: (other) => isBelow(other, path) };
    }
    return { access, text, kind: "glob", path, glob, matches: matcherOf(glob) };
  });
}

/** A folder is the glob of all files below it, so `src/`, `src/**` and `src/**\/*` are one and the same. */
function toGlob(text: string): Glob {
  const inWorkspace = text.replace(/^(\.\/)+/, "");
  if (text === "." || (inWorkspace === "" && text !== "")) return ["**", "*"];
  const parts = inWorkspace
    .split("/")
    .filter((part, i, all) => part !== "**" || all[i - 1] !== "**");
  const last = parts.at(-1);
  if (parts.length === 1 && last === "") return parts;
  if (last === "" && parts.at(-2) === "**") return [...parts.slice(0, -1), "*"];
  if (last === "") return [...parts.slice(0, -1), "**", "*"];
  return last === "**" ? [...parts, "*"] : parts;
}

/** `a{b,c{d,e}}` gives `ab`, `acd`, `ace`. Returns `null` where braces do not pair up or hold no comma. */
function writeOutBraces(text: string): readonly string[] | null {
  const open = text.indexOf("{");
  if (open < 0) return text.includes("}") ? null : [text];
  const cuts = [open];
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "," && depth === 1) cuts.push(i);
    if (text[i] === "}" && --depth === 0) {
      if (cuts.length === 1) return null;
      const choices = cuts.map((cut, n) => text.slice(cut + 1, cuts[n + 1] ?? i));
      const written = choices.map((choice) =>
        writeOutBraces(text.slice(0, open) + choice + text.slice(i + 1)),
      );
      return written.some((each) => each === null) ? null : written.flatMap((each) => each ?? []);
    }
  }
  return null;
}

/**
 * Sorts the most specific rule first. The longer literal path comes first, so a file's own rule precedes all others.
 * Then a glob precedes the folder it begins in, because it matches fewer files. Returns 0 for rules that tie where they
 * meet.
 */
export function compareSpecificity(a: AccessRule, b: AccessRule): number {
  return (
    depthOfPath(b.path) - depthOfPath(a.path) ||
    Number(b.kind === "glob") - Number(a.kind === "glob")
  );
}

/** A path, existing or not, for which neither rule wins though they disagree; `null` when there is none. */
export function tieBetween(a: AccessRule, b: AccessRule): string | null {
  if (a.access === b.access || compareSpecificity(a, b) !== 0) return null;
  return overlapOf(a.glob, b.glob);
}

/** Whether some path below a folder, existing or not, may match. */
export function reachesBelow(rule: AccessRule, folder: string): boolean {
  return (
    overlapOf(rule.glob, folder === "" ? ["**", "*"] : [...folder.split("/"), "**", "*"]) !== null
  );
}
