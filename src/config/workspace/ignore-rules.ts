import { lstat, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { ancestorsOf } from "../../core/access/path.ts";
import { compilePatterns, type PathPatterns } from "../schema/pattern.ts";
import { isReserved, listFolder } from "./folder.ts";
import { findRepository, listTracked, NOTHING_TRACKED, type Tracked } from "./repository.ts";

/** Which paths of the workspace git ignores, whether they exist or not. Paths are relative to the workspace. */
export interface IgnoreRules {
  /** False for what git tracks and for what `workspace.include` names. The path must have passed `checkPath`. */
  isIgnored(path: string): boolean;
  /** Whether everything in the folder, now or later, is ignored. */
  ignoresAllBelow(folder: string): boolean;
  /** What could not be found out, for the user. */
  readonly warnings: readonly string[];
}

/**
 * Reads the ignore files once: every `.gitignore` from the repository's root (the workspace's own without a repository)
 * down, and `.git/info/exclude`. A user's global ignore file is left alone, or the same project would differ by
 * machine. This runs git, so `root` must be the user's own tree, never one that an agent wrote.
 */
export async function loadIgnoreRules(
  root: string,
  include: readonly string[],
): Promise<IgnoreRules> {
  const { rules, prefix, tracked } = (await repositoryRules(root)) ?? (await ownRules(root));
  const fromTop = (path: string) => (prefix === "" ? path : `${prefix}/${path}`);
  const ignores = (path: string) => rules.ignores(fromTop(path));
  const found = ignoreRules(ignores, tracked, compilePatterns(include));
  await addNested(root, found, async (folder) => {
    rules.add(await patternsIn(join(root, folder, ".gitignore"), fromTop(folder)));
  });
  return found;
}

interface RulesDownToRoot {
  readonly rules: Ignore;
  /** The path from the folder that the rules are relative to, to the workspace. */
  readonly prefix: string;
  readonly tracked: Tracked;
}

async function ownRules(root: string): Promise<RulesDownToRoot> {
  const rules = emptyRules().add(await patternsIn(join(root, ".gitignore"), ""));
  return { rules, prefix: "", tracked: NOTHING_TRACKED };
}

/** Returns `null` without a repository, and for a folder that the repository around it ignores as a whole. */
async function repositoryRules(root: string): Promise<RulesDownToRoot | null> {
  const repository = await findRepository(root);
  if (repository === null) return null;
  const prefix = relative(repository.top, root).split(sep).join("/");
  const rules = emptyRules().add(await patternsIn(repository.excludeFile, ""));
  for (const folder of prefix === "" ? [""] : ["", ...ancestorsOf(prefix), prefix]) {
    rules.add(await patternsIn(join(repository.top, folder, ".gitignore"), folder));
  }
  const tracked = await listTracked(root);
  const foreign = prefix !== "" && tracked.files.size === 0 && rules.ignores(`${prefix}/`);
  return foreign ? null : { rules, prefix, tracked };
}

// git compares letters as strictly as the file system does.
function emptyRules(): Ignore {
  return ignore({ ignorecase: false });
}

function ignoreRules(
  ignores: (path: string) => boolean,
  tracked: Tracked,
  included: PathPatterns,
): IgnoreRules {
  return {
    isIgnored(path) {
      return !tracked.files.has(path) && ignores(path) && !included.covers(path, "file");
    },
    ignoresAllBelow(folder) {
      return (
        ignores(`${folder}/`) && !tracked.folders.has(folder) && !included.mayCoverBelow(folder)
      );
    },
    warnings: tracked.warnings,
  };
}

/** Goes down every folder that is not ignored as a whole. Only there git reads further ignore files. */
async function addNested(
  root: string,
  rules: IgnoreRules,
  add: (folder: string) => Promise<void>,
  folder = "",
): Promise<void> {
  for (const { name, path, kind } of await listFolder(root, folder)) {
    if (kind !== "folder" || isReserved(name)) continue;
    if (rules.ignoresAllBelow(path)) continue;
    await add(path);
    await addNested(root, rules, add, path);
  }
}

/**
 * A file's patterns, rewritten to be relative to the root of all. Deeper files are added later, so "the last match
 * wins" over the one list is git's order of precedence (gitignore(5)).
 */
async function patternsIn(file: string, folder: string): Promise<string[]> {
  const found = await lstat(file).catch(() => null);
  // git does not follow a symlink here either.
  if (!found?.isFile()) return [];
  const text = await readFile(file, "utf8");
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return folder === "" ? lines : lines.flatMap((line) => below(folder, line));
}

function below(folder: string, line: string): string[] {
  if (line.trim() === "" || line.startsWith("#")) return [];
  const negated = line.startsWith("!");
  const pattern = negated ? line.slice(1) : line;
  const escaped = folder.replaceAll(/[\\*?[\]]/g, "\\$&");
  // A slash before the end ties a pattern to its folder. Without one it holds at any depth.
  const tied = pattern.trimEnd().slice(0, -1).includes("/");
  const rest = tied ? pattern.replace(/^\//, "") : `**/${pattern}`;
  return [`${negated ? "!" : ""}/${escaped}/${rest}`];
}
