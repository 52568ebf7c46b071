import type { FileMode, WorkspaceFile } from "../file.ts";

/** What is to be done to a file. A mode is changed by itself: a file that is written keeps the one it has, or gets a plain one. */
export type ChangedFile =
  | { readonly kind: "write"; readonly path: string; readonly content: Buffer }
  | { readonly kind: "mode"; readonly path: string; readonly mode: FileMode }
  | { readonly kind: "delete"; readonly path: string };

/** What lies between two states, as whole files and modes. */
export function changedFiles(
  before: readonly WorkspaceFile[],
  after: readonly WorkspaceFile[],
): ChangedFile[] {
  const was = new Map(before.map((file) => [file.path, file]));
  const is = new Set(after.map(({ path }) => path));
  return [
    ...after.flatMap(({ path, content, mode }): ChangedFile[] => {
      const old = was.get(path);
      const isWritten = old?.content.equals(content) !== true;
      return [
        ...(isWritten ? [{ kind: "write", path, content } as const] : []),
        ...(mode === (old?.mode ?? "100644") ? [] : [{ kind: "mode", path, mode } as const]),
      ];
    }),
    ...before.flatMap(({ path }): ChangedFile[] =>
      is.has(path) ? [] : [{ kind: "delete", path }],
    ),
  ];
}
