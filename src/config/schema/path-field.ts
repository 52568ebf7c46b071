import { z } from "zod";
import { checkPath } from "../../core/access/path.ts";
import { patternProblem } from "./pattern.ts";

/** Files, folders (trailing `/`) or globs, relative to the workspace. */
export const patterns = () =>
  z.array(z.string().superRefine(refuse(patternProblem)).meta({ quantity: "pattern" }));

/** A file of the workspace: no folder, no glob. */
export const filePath = () => z.string().superRefine(refuse(filePathProblem));

/** What is wrong with the path of a file of the workspace, to be read after it; `null` when nothing is. */
export function filePathProblem(path: string): string | null {
  const reason = checkPath(path);
  if (reason === null) return /[*?[\]{}]/.test(path) ? `"${path}" is a glob, not a file` : null;
  return path.endsWith("/") ? `"${path}" is a folder, not a file` : `"${path}" ${reason}`;
}

/** A refinement from a function that says what is wrong. */
export function refuse<T>(problem: (value: T) => string | null) {
  return (value: T, context: z.RefinementCtx): void => {
    const message = problem(value);
    if (message !== null) context.addIssue({ code: "custom", message });
  };
}
