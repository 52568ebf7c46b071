import { UserError } from "../error.ts";
import { comparePaths } from "../file.ts";
import { nearestName } from "../text/nearest.ts";
import { ancestorsOf, foldersAbove, isBelow } from "./path.ts";
import {
  type Access,
  type AccessRule,
  compareSpecificity,
  parseRule,
  reachesBelow,
  tieBetween,
} from "./rule.ts";

/** `access` of loopty.yaml: what the agent may change, may only read, cannot see. */
export interface AccessRules {
  readonly writable: readonly string[];
  readonly readable: readonly string[];
  readonly hidden: readonly string[];
  readonly default: "readable" | "hidden";
}

/** A file, or a folder with all below it; `""` is the whole workspace. */
export interface WritableEntry {
  readonly kind: "file" | "folder";
  readonly path: string;
}

export interface AccessPolicy {
  /** Sorted from the most specific one. The first that matches decides. */
  readonly rules: readonly AccessRule[];
  /** What is mounted writable, sorted by path; no entry lies in another. */
  readonly writableEntries: readonly WritableEntry[];
  /** The access of a file with this name, existing or not. The name must have passed `checkPath`. */
  accessOf(path: string): Access;
  /** `false` only when no file below the folder, existing or not, is writable. */
  mayBeWritableBelow(folder: string): boolean;
  /** The rules as the user wrote them. */
  describe(): AccessRules;
}

/**
 * Compiles the rules. The most specific rule wins. Rules that tie are refused even where no file of today makes them
 * meet, because the agent could make one. Throws `UserError`.
 */
export function compileAccess(written: AccessRules): AccessPolicy {
  if (written.writable.length === 0) {
    throw new UserError("access.writable is empty, so the agent could change nothing", {
      hint: "name the files, folders/ or globs that it may change",
    });
  }
  const rules = (["writable", "readable", "hidden"] as const)
    .flatMap((access) => written[access].flatMap((text) => parseRule(text, access)))
    .sort(compareSpecificity);
  const folders = foldersIn(rules);
  refuseTies(rules, folders);
  return {
    rules,
    writableEntries: mergeEntries(rules),
    accessOf(path) {
      const access = rules.find((rule) => rule.matches(path))?.access ?? written.default;
      // A file in place of a folder that a rule names would take away all that the rule protects.
      return access === "writable" && folders.has(path) ? "readable" : access;
    },
    mayBeWritableBelow(folder) {
      // This rule decides for everything below the folder, except where a more specific one does.
      const floor = rules.find(
        (rule) => rule.kind === "folder" && (rule.path === folder || isBelow(folder, rule.path)),
      );
      return rules.some(
        (rule) =>
          rule.access === "writable" &&
          (floor === undefined || compareSpecificity(rule, floor) <= 0) &&
          reachesBelow(rule, folder),
      );
    },
    describe: () => written,
  };
}

function refuseTies(rules: readonly AccessRule[], folders: ReadonlySet<string>): void {
  rules.forEach((rule, index) => {
    if (rule.kind === "file" && folders.has(rule.path)) {
      throw new UserError(
        `access: "${rule.text}" is a file for one rule and a folder for another`,
        {
          hint: `write "${rule.path}/" for everything below the folder`,
        },
      );
    }
    for (const other of rules.slice(index + 1)) {
      const example = tieBetween(rule, other);
      if (example === null) continue;
      const [first, second] = [rule, other].map((each) => `"${each.text}" (${each.access})`);
      throw new UserError(`access: ${first} and ${second} tie: both could match ${example}`, {
        hint: "the most specific rule wins: name single files or a deeper folder in one of them",
      });
    }
  });
}

/** The folders that must exist for the rules to make sense. */
function foldersIn(rules: readonly AccessRule[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap(({ kind, path }) => [...ancestorsOf(path), ...(kind === "file" ? [] : [path])]),
  );
}

/** A glob contributes the folder of its literal prefix. */
function mergeEntries(rules: readonly AccessRule[]): readonly WritableEntry[] {
  const entries = new Map<string, WritableEntry>();
  for (const { access, kind, path } of rules) {
    if (access === "writable")
      entries.set(path, { kind: kind === "file" ? "file" : "folder", path });
  }
  return [...entries.values()]
    .filter(
      (entry) =>
        !["", ...ancestorsOf(entry.path)].some(
          (folder) => folder !== entry.path && entries.has(folder),
        ),
    )
    .sort((a, b) => comparePaths(a.path, b.path));
}

/**
 * Compares the rules with the files of the workspace and returns the writable folders to create empty. Throws
 * `UserError` for a writable file that is missing, for a writable glob without a match, and for a hidden rule without a
 * match: a mistyped rule would show what it should hide. A readable rule may name what `setup` makes.
 */
export function checkAgainstFiles(
  policy: AccessPolicy,
  paths: readonly string[],
): readonly string[] {
  const unmatched = policy.rules.filter((rule) => !paths.some((path) => rule.matches(path)));
  const emptyFolders = new Set(
    unmatched.filter(({ kind }) => kind === "folder").map(({ path }) => path),
  );
  const taken = paths.find((path) => emptyFolders.has(path));
  if (taken !== undefined) {
    throw new UserError(`access: "${taken}/" names a folder, but ${taken} is a file`, {
      hint: `write "${taken}"`,
    });
  }
  // One match is enough for the alternatives in braces, except where each is a file to mount.
  const matchedTexts = new Set(
    policy.rules.filter((rule) => !unmatched.includes(rule)).map(({ text }) => text),
  );
  for (const rule of unmatched) {
    const mayBeMissing =
      rule.access === "readable" || (rule.access === "writable" && rule.kind === "folder");
    const mustExist = rule.access === "writable" && rule.kind === "file";
    if (mustExist || (!mayBeMissing && !matchedTexts.has(rule.text))) throw missing(rule, paths);
  }
  return writableFolders(policy).filter((path) => emptyFolders.has(path));
}

/** The folders that writable rules name, also inside of one another, sorted. */
export function writableFolders({ rules }: Pick<AccessPolicy, "rules">): readonly string[] {
  const folders = rules.filter(({ access, kind }) => access === "writable" && kind === "folder");
  return [...new Set(folders.map(({ path }) => path))].sort(comparePaths);
}

function missing(rule: AccessRule, paths: readonly string[]): UserError {
  const what =
    rule.kind === "file" ? "is not in the workspace" : "matches no file of the workspace";
  return new UserError(`access.${rule.access}: "${rule.text}" ${what}`, {
    hint: hintFor(rule, paths),
  });
}

function hintFor(rule: AccessRule, paths: readonly string[]): string {
  const folders = foldersAbove(paths);
  if (rule.kind === "file" && folders.includes(rule.path)) {
    return `${rule.path} is a folder: write "${rule.path}/"`;
  }
  const near = nearestName(rule.path, rule.kind === "file" ? paths : folders);
  if (near !== null && near !== rule.path) {
    return `did you mean ${near}${rule.kind === "file" ? "" : "/"}?`;
  }
  return "* stays in one folder, ** crosses folders; git-ignored files need workspace.include";
}
