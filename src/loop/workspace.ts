import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config/schema.ts";
import { type ListedFile, listWorkspace } from "../config/workspace.ts";
import { type AccessPolicy, checkAgainstFiles, compileAccess } from "../core/access.ts";
import type { WorkspaceFile } from "../core/file.ts";
import type { PackedEntry } from "../sandbox/archive.ts";

/** The user's workspace, divided by the access policy. */
export interface DividedWorkspace {
  readonly root: string;
  readonly policy: AccessPolicy;
  readonly protectedFiles: readonly ListedFile[];
  readonly writableFiles: readonly ListedFile[];
  /** Writable folders that do not exist: created empty. */
  readonly emptyFolders: readonly string[];
  /** Read once: what verify and the benchmark compare with must not change under a run. */
  readonly hidden: readonly PackedEntry[];
  /** SHA-256 over the hidden files' names, modes and contents. */
  readonly hiddenDigest: string;
  readonly isIgnored: (path: string) => boolean;
  readonly warnings: readonly string[];
}

/** Lists and divides the workspace as it stands. Throws `UserError` where policy and files do not fit. */
export async function divideWorkspace(config: Config): Promise<DividedWorkspace> {
  const { path: root, include, exclude } = config.workspace;
  const { file } = config.metrics;
  const workspace = await listWorkspace(root, {
    include,
    // A metrics file of an earlier run would be read as this run's rows.
    exclude: file === "-" ? exclude : [...exclude, file],
  });
  const policy = compileAccess(config.access);
  const emptyFolders = checkAgainstFiles(
    policy,
    workspace.files.map((listed) => listed.path),
  );
  const having = (access: string) =>
    workspace.files.filter((listed) => policy.accessOf(listed.path) === access);
  const hidden = await Promise.all(
    having("hidden").map(async (listed) => ({
      path: listed.path,
      content: await readFile(join(root, listed.path)),
      mode: listed.mode === "100755" ? 0o755 : 0o644,
      uid: 0,
    })),
  );
  return {
    root,
    policy,
    protectedFiles: having("readable"),
    writableFiles: having("writable"),
    emptyFolders,
    hidden,
    hiddenDigest: digestOf(hidden),
    isIgnored: (path) => workspace.ignoreRules.isIgnored(path),
    warnings: workspace.ignoreRules.warnings,
  };
}

export function readFiles(
  root: string,
  files: readonly ListedFile[],
): Promise<readonly WorkspaceFile[]> {
  return Promise.all(
    files.map(async ({ path, mode }) => ({
      path,
      mode,
      content: await readFile(join(root, path)),
    })),
  );
}

function digestOf(
  hidden: readonly { readonly path: string; readonly content: Buffer; readonly mode: number }[],
): string {
  const hash = createHash("sha256");
  for (const { path, content, mode } of hidden) {
    hash.update(JSON.stringify([path, mode, content.length]));
    hash.update(content);
  }
  return hash.digest("hex");
}
