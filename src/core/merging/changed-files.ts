import type { WorkspaceFile } from "../file.ts";

/** What lies between two states, as whole files; `null` for what is deleted. */
export function changedFiles(
  before: readonly WorkspaceFile[],
  after: readonly WorkspaceFile[],
): { readonly path: string; readonly content: Buffer | null }[] {
  const was = new Map(before.map((file) => [file.path, file]));
  const is = new Set(after.map(({ path }) => path));
  return [
    ...after.filter(({ path, content }) => was.get(path)?.content.equals(content) !== true),
    ...before.filter(({ path }) => !is.has(path)).map(({ path }) => ({ path, content: null })),
  ].map(({ path, content }) => ({ path, content }));
}
