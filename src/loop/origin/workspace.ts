import { createHash } from "node:crypto";
import type { Config } from "../../config/schema/schema.ts";
import { type HostFile, readHostFile } from "../../config/workspace/host-file.ts";
import { listWorkspace } from "../../config/workspace/workspace.ts";
import { type AccessPolicy, checkAgainstFiles, compileAccess } from "../../core/access/policy.ts";
import { permissionsOf, type WorkspaceFile } from "../../core/file.ts";
import type { Origin } from "./origin.ts";
import { type Placement, placeOrigin } from "./placement.ts";

/** What a run begins with, divided by the access policy. */
export interface DividedWorkspace {
  readonly root: string;
  readonly policy: AccessPolicy;
  readonly protectedFiles: readonly HostFile[];
  readonly writableFiles: readonly HostFile[];
  /** All files but the hidden ones. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Protected files that come from the node that the run starts from, and not from the workspace. */
  readonly carried: Placement["carried"];
  /** Writable folders that do not exist and are created empty. */
  readonly emptyFolders: readonly string[];
  /** Hidden files, read once: what verify and the benchmark compare with must not change under a run. */
  readonly hidden: readonly WorkspaceFile[];
  /** SHA-256 over the hidden files' names, modes and contents. */
  readonly hiddenDigest: string;
  readonly isIgnored: (path: string) => boolean;
  readonly warnings: readonly string[];
}

/**
 * Lists and divides the workspace as it stands, or with the files of another run's node in it. Throws `UserError` where
 * policy and files do not fit.
 */
export async function divideWorkspace(
  config: Config,
  origin: Origin | null = null,
): Promise<DividedWorkspace> {
  const { path: root, include, exclude } = config.workspace;
  const { file } = config.metrics;
  const workspace = await listWorkspace(root, {
    include,
    // A metrics file of an earlier run would be read as this run's rows.
    exclude: file === "-" ? exclude : [...exclude, file],
  });
  const policy = compileAccess(config.access);
  const placement: Placement =
    origin === null
      ? { files: workspace.files, carried: new Map(), warnings: [] }
      : placeOrigin(root, workspace.files, origin, policy);
  const emptyFolders = checkAgainstFiles(
    policy,
    placement.files.map((file) => file.path),
  );
  const having = (access: string) =>
    placement.files.filter((listed) => policy.accessOf(listed.path) === access);
  const protectedFiles = having("readable");
  const writableFiles = having("writable");
  const hidden = readFiles(root, having("hidden"));
  return {
    root,
    policy,
    protectedFiles,
    writableFiles,
    files: [...protectedFiles, ...writableFiles].map(({ path, sizeBytes }) => {
      return { path, bytes: sizeBytes };
    }),
    carried: placement.carried,
    emptyFolders,
    hidden,
    hiddenDigest: digestOf(hidden),
    isIgnored: (path) => workspace.ignoreRules.isIgnored(path),
    warnings: [...workspace.ignoreRules.warnings, ...placement.warnings],
  };
}

export function readFiles(root: string, files: readonly HostFile[]): readonly WorkspaceFile[] {
  return files.map((file) => ({
    path: file.path,
    mode: file.mode,
    content: readHostFile(root, file),
  }));
}

function digestOf(hidden: readonly WorkspaceFile[]): string {
  const hash = createHash("sha256");
  for (const { path, content, mode } of hidden) {
    hash.update(JSON.stringify([path, permissionsOf(mode), content.length]));
    hash.update(content);
  }
  return hash.digest("hex");
}
