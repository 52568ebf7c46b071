import fc from "fast-check";
import {
  type AccessRules,
  checkAgainstFiles,
  compileAccess,
} from "../../../src/core/access/policy.ts";
import { UserError } from "../../../src/core/error.ts";

/** A tree and a policy over it, as a user could have written them. */
export interface PolicyCase {
  readonly files: readonly string[];
  readonly access: AccessRules;
  /** Files are put where hidden folders are, instead of into these. */
  readonly clashes: boolean;
}

// Names of files and of folders never meet. Some need quoting, some would be patterns elsewhere. Few, so that rules meet in them.
const FOLDERS = ["a", "a", "a", "[i d]", "b"];
const FILES = ["x.c", "y.c", "z.h", "n", "é.c"];

const folder = fc
  .array(fc.constantFrom(...FOLDERS), { maxLength: 3 })
  .map((parts) => parts.join("/"));
const file = fc
  .tuple(folder, fc.constantFrom(...FILES))
  .map(([path, name]) => (path === "" ? name : `${path}/${name}`));

/** How a rule is made from a file of the tree. */
const WRITING: Readonly<Record<string, (path: string) => readonly string[]>> = {
  file: (path) => [path],
  folder: (path) => foldersAbove(path).map((each) => `${each}/`),
  glob: (path) => {
    const parts = path.split("/");
    const name = parts.at(-1) ?? "";
    const end = name.includes(".") ? `*.${name.split(".").at(-1)}` : "?";
    return [
      [...parts.slice(0, -1), end].join("/"),
      [...parts.slice(0, -1), end.startsWith("*.") ? "*.{c,h}" : end].join("/"),
      ["**", name].join("/"),
      ...(parts.length > 1 ? [[parts[0], "**", end].join("/")] : []),
      ...(parts.length > 2 ? [[parts[0], "*", ...parts.slice(2, -1), end].join("/")] : []),
    ];
  },
  /** A folder that is not there. */
  missing: (path) =>
    ["new", ...foldersAbove(path).map((each) => `${each}/new`)].map((each) => `${each}/`),
};

function foldersAbove(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

type RuleMaker = fc.Arbitrary<(files: readonly string[]) => string[]>;

function ruleOf(...kinds: readonly string[]): RuleMaker {
  return fc
    .record({ kind: fc.constantFrom(...kinds), which: fc.nat(), form: fc.nat() })
    .map(({ kind, which, form }) => (files) => {
      const forms = WRITING[kind]?.(files[which % files.length] ?? "") ?? [];
      return forms.length === 0 ? [] : [forms[form % forms.length] ?? ""];
    });
}

function some(kinds: readonly string[]): RuleMaker {
  return fc.oneof(
    { weight: 3, arbitrary: rulesOf(kinds, 1) },
    { weight: 1, arbitrary: fc.constant(() => []) },
  );
}

function rulesOf(kinds: readonly string[], minLength: number): RuleMaker {
  return fc
    .array(ruleOf(...kinds), { minLength, maxLength: 3 })
    .map((makers) => (files) => [...new Set(makers.flatMap((make) => make(files)))]);
}

/**
 * Trees of a few files up to three folders deep, and policies whose rules are made from their paths: each kind of entry, alone and
 * inside one another. What the program refuses is no case.
 */
export const policyCases: fc.Arbitrary<PolicyCase> = fc
  .record({
    files: fc.uniqueArray(file, { minLength: 3, maxLength: 9 }),
    writable: rulesOf(["file", "folder", "glob", "missing"], 1),
    readable: some(["file", "folder", "glob", "missing"]),
    hidden: some(["file", "folder", "glob"]),
    fallback: fc.constantFrom("readable" as const, "readable" as const, "hidden" as const),
    clashes: fc.boolean(),
  })
  .map(({ files, writable, readable, hidden, fallback, clashes }) => ({
    files,
    access: {
      writable: writable(files),
      readable: readable(files),
      hidden: hidden(files),
      default: fallback,
    },
    clashes,
  }))
  .filter(({ files, access }) => isAccepted(access, files));

function isAccepted(access: AccessRules, files: readonly string[]): boolean {
  try {
    checkAgainstFiles(compileAccess(access), files);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
