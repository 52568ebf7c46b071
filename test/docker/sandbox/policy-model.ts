import type { AccessRules } from "../../../src/core/access/policy.ts";

type Access = "writable" | "readable" | "hidden";

/** A rule, read without any of the program's own code: slow, and as the documentation says it. */
interface ModelRule {
  readonly access: Access;
  readonly kind: "file" | "folder" | "glob";
  /** The parts before the first wildcard; all of them for a file or a folder. */
  readonly literal: readonly string[];
  readonly matches: RegExp;
}

/** What the documentation promises of an access policy over a tree of files. */
export interface PolicyModel {
  accessOf(path: string): Access;
  /** Whether the agent may write, rename, replace and remove this file, which stands in the tree. */
  mayWrite(path: string): boolean;
  /** A file that `access.writable` names outside of writable folders is a mount: written in place only. */
  mayRemove(path: string): boolean;
  /** Whether the agent may rename this folder, which it sees. */
  mayMove(folder: string): boolean;
  /** Whether what the agent makes at a path can be found when its writable entries are read back. */
  isReadBack(path: string): boolean;
  /** Files of the tree that the agent sees. */
  readonly visibleFiles: readonly string[];
  /** Folders that the agent sees, the workspace itself left out. */
  readonly visibleFolders: readonly string[];
  /** Folders that are in the tree for hidden files alone, or in a rule and not there. */
  readonly invisibleFolders: readonly string[];
}

export function policyModel(access: AccessRules, files: readonly string[]): PolicyModel {
  const rules = (["writable", "readable", "hidden"] as const).flatMap((kind) =>
    access[kind].flatMap(writtenOut).map((text) => readRule(text, kind)),
  );
  const ruleFolders = new Set(
    rules.flatMap(({ kind, literal }) => {
      const parts = kind === "file" ? literal.slice(0, -1) : literal;
      return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
    }),
  );
  const writableFolders = rules
    .filter((rule) => rule.access === "writable" && rule.kind !== "file")
    .map(({ literal }) => literal.join("/"));

  const accessOf = (path: string): Access => {
    const matching = rules.filter((rule) => rule.matches.test(path));
    const best = matching.filter((rule) => matching.every((other) => !beats(other, rule)));
    const found = new Set(best.map((rule) => rule.access));
    if (found.size > 1) throw new Error(`rules tie for ${path}: the policy should be refused`);
    const [decided = access.default] = found;
    // A file in the place of a folder that a rule is about would take away what lies in it.
    return decided === "writable" && ruleFolders.has(path) ? "readable" : decided;
  };
  const isInFolder = (path: string) =>
    writableFolders.some((folder) => folder === "" || path.startsWith(`${folder}/`));
  const visibleFiles = files.filter((path) => accessOf(path) !== "hidden");
  const visibleFolders = unique([
    ...visibleFiles.flatMap(above),
    ...writableFolders.flatMap((folder) => (folder === "" ? [] : [...above(folder), folder])),
  ]);
  return {
    accessOf,
    mayWrite: (path) => accessOf(path) === "writable",
    mayRemove: (path) => accessOf(path) === "writable" && isInFolder(path),
    mayMove: (folder) =>
      isInFolder(folder) &&
      files
        .filter((path) => path.startsWith(`${folder}/`))
        .every((path) => accessOf(path) === "writable"),
    isReadBack: (path) =>
      isInFolder(path) ||
      rules.some(
        ({ access: of, kind, literal }) =>
          of === "writable" && kind === "file" && literal.join("/") === path,
      ),
    visibleFiles,
    visibleFolders,
    invisibleFolders: unique([...files.flatMap(above), ...ruleFolders]).filter(
      (path) => !visibleFolders.includes(path),
    ),
  };
}

/** The longer literal path wins; at the same length a glob wins over the folder it begins in. */
function beats(a: ModelRule, b: ModelRule): boolean {
  if (a.literal.length !== b.literal.length) return a.literal.length > b.literal.length;
  return a.kind === "glob" && b.kind === "folder";
}

function readRule(text: string, access: Access): ModelRule {
  const parts = text.split("/");
  if (text.endsWith("/")) {
    const literal = parts.slice(0, -1);
    const matches = new RegExp(`^${literal.map(escaped).join("/")}/.+$`, "u");
    return { access, kind: "folder", literal, matches };
  }
  const wildAt = parts.findIndex((part) => /[*?]/.test(part));
  if (wildAt < 0) {
    const matches = new RegExp(`^${escaped(text)}$`, "u");
    return { access, kind: "file", literal: parts, matches };
  }
  const pattern = parts.map((part) => (part === "**" ? "(?:[^/]+/)*" : `${partPattern(part)}/`));
  const matches = new RegExp(`^${pattern.join("").replace(/\/$/, "")}$`, "u");
  return { access, kind: "glob", literal: parts.slice(0, wildAt), matches };
}

function partPattern(part: string): string {
  return [...part].map((c) => (c === "*" ? "[^/]*" : c === "?" ? "[^/]" : escaped(c))).join("");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");
}

/** `a/{b,c}` as `a/b` and `a/c`; braces within braces are not in these tests. */
function writtenOut(text: string): string[] {
  const found = /^(.*)\{(.*)\}(.*)$/.exec(text);
  if (found === null) return [text];
  const [, before = "", choices = "", after = ""] = found;
  return choices.split(",").map((choice) => before + choice + after);
}

function above(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
