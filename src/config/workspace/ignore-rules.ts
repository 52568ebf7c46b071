import { lstat, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import ignore, { type Ignore } from "ignore";
import { ancestorsOf, folderOf, nameOf } from "../../core/access/path.ts";
import { compilePatterns, type PathPatterns } from "../schema/pattern.ts";
import { type FolderEntry, isReserved, listFolder } from "./folder.ts";
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

/** Gets the entries of a folder, once the rules for it are complete. */
export type VisitFolder = (folder: string, entries: readonly FolderEntry[]) => void;

/**
 * Reads the ignore files once: every `.gitignore` from the repository's root (the workspace's own without a repository)
 * down, and `.git/info/exclude`. A user's global ignore file is left alone, or the same project would differ by
 * machine. On its way it visits every folder that is not ignored as a whole, parents first. Throws `UserError` for a
 * folder that cannot be read. This runs git, so `root` must be the user's own tree, never one that an agent wrote.
 */
export async function loadIgnoreRules(
  root: string,
  include: readonly string[],
  visit: (rules: IgnoreRules) => VisitFolder = () => () => {},
): Promise<IgnoreRules> {
  const { rules, prefix, listing } = (await repositoryRules(root)) ?? (await ownRules(root));
  const nested = new NestedRules(rules, prefix);
  const rulesWith = (tracked: Tracked) =>
    ignoreRules((path) => nested.ignores(path), tracked, compilePatterns(include));
  // git lists what it tracks meanwhile. Only ignored entries have to wait for that.
  const seen = await addNested(root, nested, async (folder) => {
    return nested.ignores(`${folder}/`) && rulesWith(await listing).ignoresAllBelow(folder);
  });
  const found = rulesWith(await listing);
  const visitFolder = visit(found);
  for (const [folder, entries] of seen) visitFolder(folder, entries);
  return found;
}

interface RulesDownToRoot {
  readonly rules: Ignore;
  /** The path from the folder that the rules are relative to, to the workspace. */
  readonly prefix: string;
  readonly listing: Promise<Tracked>;
}

async function ownRules(root: string): Promise<RulesDownToRoot> {
  const rules = emptyRules().add(await patternsIn(join(root, ".gitignore"), ""));
  return { rules, prefix: "", listing: Promise.resolve(NOTHING_TRACKED) };
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
  const listing = listTracked(root);
  const foreign =
    prefix !== "" && rules.ignores(`${prefix}/`) && (await listing).namesIn.size === 0;
  return foreign ? null : { rules, prefix, listing };
}

// git compares letters as strictly as the file system does.
function emptyRules(): Ignore {
  return ignore({ ignorecase: false });
}

/**
 * The rules of every folder that has its own. One list for all would make each path pay for the rules of every other
 * folder.
 */
class NestedRules {
  readonly #prefix: string;
  readonly #byFolder: Map<string, Ignore>;

  constructor(rules: Ignore, prefix: string) {
    this.#prefix = prefix;
    this.#byFolder = new Map([["", rules]]);
  }

  /** Parents must have been added before. */
  async add(folder: string, file: string): Promise<void> {
    const patterns = await patternsIn(file, this.#fromTop(folder));
    this.#byFolder.set(folder, emptyRules().add(this.#rulesFor(folder)).add(patterns));
  }

  /** The path of a folder ends in `/`. */
  ignores(path: string): boolean {
    return this.#rulesFor(path.replace(/\/$/, "")).ignores(this.#fromTop(path));
  }

  /** The rules of the nearest folder above a path. */
  #rulesFor(path: string): Ignore {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const rules = this.#byFolder.get(path.slice(0, end));
      if (rules !== undefined) return rules;
    }
    return this.#byFolder.get("") ?? emptyRules();
  }

  #fromTop(path: string): string {
    return this.#prefix === "" ? path : `${this.#prefix}/${path}`;
  }
}

function ignoreRules(
  ignores: (path: string) => boolean,
  tracked: Tracked,
  included: PathPatterns,
): IgnoreRules {
  return {
    isIgnored(path) {
      const isTracked = tracked.namesIn.get(folderOf(path))?.has(nameOf(path)) ?? false;
      return !isTracked && ignores(path) && !included.covers(path, "file");
    },
    ignoresAllBelow(folder) {
      return (
        ignores(`${folder}/`) && !tracked.namesIn.has(folder) && !included.mayCoverBelow(folder)
      );
    },
    warnings: tracked.warnings,
  };
}

/** Goes down every folder that is not ignored as a whole, parents first. Only there git reads further ignore files. */
async function addNested(
  root: string,
  nested: NestedRules,
  ignoresAllBelow: (folder: string) => Promise<boolean>,
): Promise<ReadonlyMap<string, readonly FolderEntry[]>> {
  const seen = new Map<string, readonly FolderEntry[]>();
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = listFolder(root, folder);
    seen.set(folder, entries);
    const own = entries.find(({ name, kind }) => name === ".gitignore" && kind === "file");
    if (folder !== "" && own !== undefined) await nested.add(folder, join(root, own.path));
    // In this order the files of all folders are almost sorted.
    for (const { name, path, kind } of entries.toReversed()) {
      if (kind === "folder" && !isReserved(name) && !(await ignoresAllBelow(path))) {
        folders.push(path);
      }
    }
    // Reads what git has written. A turn for every folder would take as long as the folders.
    if (seen.size % 16 === 0) await setImmediate();
  }
  return seen;
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
