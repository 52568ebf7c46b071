import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { CONFIG_FILE } from "../../config/load.ts";
import type { Config } from "../../config/schema/schema.ts";
import { type HostFile, readHostFile } from "../../config/workspace/host-file.ts";
import type { ListedLink } from "../../config/workspace/link.ts";
import { listWorkspace } from "../../config/workspace/workspace.ts";
import { isBelow } from "../../core/access/path.ts";
import { type AccessPolicy, checkAgainstFiles, compileAccess } from "../../core/access/policy.ts";
import { permissionsOf, type WorkspaceFile } from "../../core/file.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { Origin } from "./origin.ts";
import { type Placement, placeOrigin } from "./placement.ts";

/** What a run begins with, divided by the access policy. */
export interface DividedWorkspace {
  readonly root: string;
  readonly policy: AccessPolicy;
  readonly protectedFiles: readonly HostFile[];
  readonly writableFiles: readonly HostFile[];
  /** Symlinks that stay inside of the workspace, where the agent can write none. */
  readonly links: readonly ListedLink[];
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

const MOST_FOLDERS_TOLD = 5;

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
  const policy = compileAccess(config.access);
  // It names what is hidden. Where it is hidden itself, verify and the benchmark may want it.
  const isConfigIn = include.includes(CONFIG_FILE) || policy.accessOf(CONFIG_FILE) === "hidden";
  const workspace = await listWorkspace(root, {
    include,
    exclude: [
      ...exclude,
      ...(isConfigIn ? [] : [CONFIG_FILE]),
      // A metrics file of an earlier run would be read as this run's rows.
      ...(file === "-" ? [] : [file]),
    ],
  });
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
  const kept = workspace.links.filter(({ path }) => isKept(policy, path));
  const lost = [
    ...workspace.links.filter((link) => !kept.includes(link)),
    ...workspace.leftOut.filter(({ reason }) => reason === "leads out of the workspace"),
  ];
  return {
    root,
    policy,
    protectedFiles,
    writableFiles,
    links: kept,
    files: [...protectedFiles, ...writableFiles].map(({ path, sizeBytes }) => {
      return { path, bytes: sizeBytes };
    }),
    carried: placement.carried,
    emptyFolders,
    hidden,
    hiddenDigest: digestOf(hidden),
    isIgnored: (path) => workspace.ignoreRules.isIgnored(path),
    warnings: [...workspace.ignoreRules.warnings, ...placement.warnings, ...linkWarnings(lost)],
  };
}

/** Over a writable folder lies the node's own volume, which holds files alone: a link that an agent makes could lead anywhere. */
function isKept(policy: AccessPolicy, path: string): boolean {
  const isOver = policy.writableEntries.some((entry) => isBelow(path, entry.path));
  return policy.accessOf(path) === "readable" && !isOver;
}

/** One warning for all of them: there may be a thousand in a folder of tools. */
function linkWarnings(lost: readonly { readonly path: string }[]): string[] {
  if (lost.length === 0) return [];
  const folders = [...new Set(lost.map(({ path }) => dirname(path)))];
  const shown = folders.slice(0, MOST_FOLDERS_TOLD).map((folder) => `${printable(folder)}/`);
  const more = folders.length > shown.length ? ", …" : "";
  const why = "they lead out of the workspace, or stand where the agent may write or not look";
  return [
    `${formatCounted(lost.length, "symlink")} left out in ${shown.join(", ")}${more}: ${why}`,
  ];
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
