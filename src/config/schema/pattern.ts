import { ancestorsOf, isBelow } from "../../core/access/path.ts";
import { parseRule } from "../../core/access/rule.ts";
import { messageOf } from "../../core/error.ts";

/** Entries of `workspace.include` or `workspace.exclude`, in the language of `access`: files, folders, globs. */
export interface PathPatterns {
  /** Whether a pattern names the entry itself or a folder above it. */
  covers(path: string, entry: "file" | "folder"): boolean;
  /** Whether something below the folder may be covered. It may be wrong only by saying yes. */
  mayCoverBelow(folder: string): boolean;
}

/** What is wrong with a pattern, to be read after it; `null` when nothing is. */
export function patternProblem(pattern: string): string | null {
  try {
    parseRule(pattern, "readable");
    return null;
  } catch (error) {
    // The message begins with the key and the pattern, which the caller names itself.
    return messageOf(error).replace(/^access\.readable: /, "");
  }
}

/** A name without a final `/` may be that of a file or of a folder. A folder covers all that is below it. */
export function compilePatterns(patterns: readonly string[]): PathPatterns {
  const rules = patterns.flatMap((pattern) => parseRule(pattern, "readable"));
  return {
    covers(path, entry) {
      return rules.some((rule) => {
        if (rule.matches(path)) return true;
        // A glob that names a folder covers what is below it; only there all folders above must be tried.
        if (rule.kind === "glob") return ancestorsOf(path).some((folder) => rule.matches(folder));
        return isBelow(path, rule.path) || (entry === "folder" && path === rule.path);
      });
    },
    mayCoverBelow(folder) {
      return rules.some(
        ({ path }) => path === folder || isBelow(path, folder) || isBelow(folder, path),
      );
    },
  };
}
