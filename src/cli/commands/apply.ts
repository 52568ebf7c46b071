import { checkPath } from "../../core/access/path.ts";
import { compileAccess } from "../../core/access/policy.ts";
import { UserError } from "../../core/error.ts";
import { comparePaths, type WorkspaceFile } from "../../core/file.ts";
import { indentedListOf } from "../../core/text/listing.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { baselineId, runOf } from "../../core/tree/id.ts";
import { CodeRepository } from "../../store/git/code-repository.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { readConfig } from "../project/run-request.ts";
import {
  findNode,
  type ProjectOptions,
  requireNode,
  requireProject,
} from "../project/stored-project.ts";
import {
  dirtyPaths,
  lookAt,
  type PathState,
  placeFile,
  removeFile,
} from "../project/user-workspace.ts";
import { printJson, printLines } from "../terminal/output.ts";
import type { World } from "../world.ts";
import { commitOf } from "./diff.ts";

export interface ApplyOptions extends ProjectOptions {
  readonly id: string;
  readonly json?: boolean;
}

/** A path at which the node differs from its run's root. `null` is no file. */
interface FileChange {
  readonly path: string;
  readonly before: WorkspaceFile | null;
  readonly after: WorkspaceFile | null;
}

// Files that make other programs do something as soon as someone works in the folder.
const TRIGGERS = new Set([".gitattributes", ".gitmodules", ".envrc", ".npmrc"]);
const MAX_TOLD = 20;

/**
 * Writes a node's change against its run's root into the user's workspace. Everything is checked before anything is
 * written: the paths by the access policy, and that the user changed none of these files since the run started.
 */
export async function apply(world: World, options: ApplyOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const { run, node } = await findNode(project, options.id);
  const { config } = await readConfig(world, options);
  const searchPath = world.env.PATH ?? "";
  const code = await CodeRepository.open(project.codeFolder, searchPath);
  const root = requireNode(run, baselineId(runOf(node.id)));
  const changes = changesBetween(
    await code.readFiles(commitOf(root)),
    await code.readFiles(commitOf(node)),
  );
  const policy = compileAccess(config.access);
  refuse(
    changes.flatMap(({ path }) => {
      if (policy.accessOf(path) !== "writable") return [`${path} is not writable by access`];
      const reason = checkPath(path);
      return reason === null ? [] : [`${path} ${reason}`];
    }),
    `${node.id} changes files that loopty.yaml does not let it change`,
    "the access rules changed since: start a new run",
  );

  const workspace = config.workspace.path;
  const leaving = new Set(changes.filter(({ after }) => after === null).map(({ path }) => path));
  const looked = await Promise.all(
    changes.map(async (change) => ({
      ...change,
      standing: await lookAt(workspace, change.path, leaving),
    })),
  );
  const pending = looked.filter(({ standing, after }) => !isSame(standing, after));
  const dirty = await dirtyPaths(workspace, searchPath);
  refuse(
    pending.flatMap(({ path, before, standing }) => {
      if (standing.kind === "obstacle") return [`${path}: ${standing.reason}`];
      if (dirty?.has(path)) return [`${path} is not committed`];
      return isSame(standing, before)
        ? []
        : [`${path} changed since run ${run.record.run} started`];
    }),
    "the working tree is not as the run found it",
    run.record.from === null
      ? "commit or stash your changes; `loopty export ID --patch FILE` gives a patch to merge by hand"
      : `run ${run.record.run} starts from ${run.record.from}: \`loopty apply ${run.record.from}\` first`,
  );

  const deleted = pending.flatMap(({ path, after }) => (after === null ? [path] : []));
  const written = pending.flatMap(({ after }) => after ?? []);
  for (const path of deleted) await removeFile(workspace, path);
  for (const file of written) await placeFile(workspace, file);
  for (const { path } of written.filter(isTrigger)) {
    printLines(world.stderr, [
      `warning: ${printable(path)} changes what other tools do: look at it first`,
    ]);
  }
  const writtenPaths = written.map(({ path }) => path);
  if (options.json) {
    printJson(world.stdout, { id: node.id, workspace, written: writtenPaths, deleted });
  } else {
    printLines(world.stdout, [
      ...writtenPaths.map((path) => `wrote   ${printable(path)}`),
      ...deleted.map((path) => `deleted ${printable(path)}`),
      pending.length === 0
        ? `${node.id} has nothing that is not here already`
        : `${node.id} is applied: ${formatCounted(pending.length, "file")} in ${workspace}`,
    ]);
  }
  return EXIT.done;
}

function changesBetween(
  before: readonly WorkspaceFile[],
  after: readonly WorkspaceFile[],
): FileChange[] {
  const old = new Map(before.map((file) => [file.path, file]));
  const young = new Map(after.map((file) => [file.path, file]));
  return [...new Set([...old.keys(), ...young.keys()])]
    .sort(comparePaths)
    .map((path) => ({ path, before: old.get(path) ?? null, after: young.get(path) ?? null }))
    .filter(({ before, after }) => !isSame(standingOf(before), after));
}

function standingOf(file: WorkspaceFile | null): PathState {
  return file === null ? { kind: "nothing" } : { kind: "file", ...file };
}

function isSame(standing: PathState, file: WorkspaceFile | null): boolean {
  if (file === null) return standing.kind === "nothing";
  return (
    standing.kind === "file" && standing.mode === file.mode && standing.content.equals(file.content)
  );
}

function isTrigger({ path }: WorkspaceFile): boolean {
  return TRIGGERS.has(path.slice(path.lastIndexOf("/") + 1).toLowerCase());
}

function refuse(problems: readonly string[], message: string, hint: string): void {
  if (problems.length === 0) return;
  const list = indentedListOf(
    problems.map((problem) => printable(problem)),
    MAX_TOLD,
  );
  throw new UserError(`${message}; nothing was written:\n${list}`, { hint });
}
