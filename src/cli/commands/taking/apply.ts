import { isObeyed } from "../../../core/access/obeyed-file.ts";
import { checkPath } from "../../../core/access/path.ts";
import { compileAccess } from "../../../core/access/policy.ts";
import { UserError } from "../../../core/error.ts";
import { comparePaths, type WorkspaceFile } from "../../../core/file.ts";
import { championOf } from "../../../core/search/selection.ts";
import { indentedListOf } from "../../../core/text/listing.ts";
import { formatCounted } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import { baselineId, runOf } from "../../../core/tree/id.ts";
import type { ExperimentNode } from "../../../core/tree/node.ts";
import { isExpandable } from "../../../core/tree/verdict.ts";
import { CodeRepository } from "../../../store/git/code-repository.ts";
import type { Project } from "../../../store/project.ts";
import { preferenceOfRun } from "../../../store/run-record.ts";
import type { StoredRun } from "../../../store/stored-run.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { readConfig } from "../../project/read-config.ts";

import {
  findNode,
  lastRun,
  type ProjectOptions,
  requireNode,
  requireProject,
  type StoredNode,
} from "../../project/stored-project.ts";
import {
  dirtyPaths,
  lookAt,
  type PathState,
  placeFile,
  removeFile,
} from "../../project/user-workspace.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";
import { commitOf } from "../looking/diff.ts";

export interface ApplyOptions extends ProjectOptions {
  /** The champion of the last run when left out. */
  readonly id?: string;
  /** Writes it in spite of what it would ask about. */
  readonly force?: boolean;
  /** What `loopty distill` left of it, instead of all of it. */
  readonly distilled?: boolean;
  readonly json?: boolean;
}

/** The smallest that is known. */
function distilledOf({ nodes }: StoredRun, { id }: ExperimentNode): ExperimentNode {
  const found = nodes.findLast(({ distilledFrom }) => distilledFrom === id);
  if (found !== undefined) return found;
  throw new UserError(`${id} was not distilled, or nothing of it could go`, {
    hint: `loopty distill ${id} measures what of it is needed`,
  });
}

/** A path at which the node differs from its run's root. `null` is no file. */
interface FileChange {
  readonly path: string;
  readonly before: WorkspaceFile | null;
  readonly after: WorkspaceFile | null;
}

const MAX_TOLD = 20;

/**
 * Writes a node's change against its run's root into the user's workspace. Everything is checked before anything is
 * written: the paths by the access policy, and that the user changed none of these files since the run started. Unless
 * `force` is given, no tool may obey what is written, and the node must have come to a good end.
 */
export async function apply(world: World, options: ApplyOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const found = await (options.id === undefined
    ? findChampion(project)
    : findNode(project, options.id));
  const { run } = found;
  const node = options.distilled ? distilledOf(run, found.node) : found.node;
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

  const doubts = [
    ...doubtsAbout(node),
    ...pending.flatMap(({ path }) =>
      isObeyed(path) ? [`${path} changes what other tools do: look at it first`] : [],
    ),
  ];
  if (!options.force) {
    refuse(
      doubts,
      `${node.id} is not applied without --force`,
      `\`loopty diff ${node.id} ${root.id}\` shows it; \`loopty apply ${node.id} --force\` writes it all the same`,
    );
  }
  printLines(
    world.stderr,
    doubts.map((doubt) => `warning: ${printable(doubt)}`),
  );

  const deleted = pending.flatMap(({ path, after }) => (after === null ? [path] : []));
  const written = pending.flatMap(({ after }) => after ?? []);
  for (const path of deleted) await removeFile(workspace, path);
  for (const file of written) await placeFile(workspace, file);
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

/** Throws `UserError` where the last run has nothing that is better than its baseline. */
async function findChampion(project: Project): Promise<StoredNode> {
  const run = await project.openRun(await lastRun(project));
  const node = championOf(run.nodes, preferenceOfRun(run.record));
  if (node !== null && node.parent !== null) return { run, node };
  throw new UserError(`run ${run.record.run} has nothing better than its baseline`, {
    hint: "`loopty apply ID` takes any node; `loopty tree` shows their ids",
  });
}

/** Reasons against a node itself, whatever it changes. */
function doubtsAbout(node: ExperimentNode): string[] {
  const { id, phase, verdict, reason, distilledFrom } = node;
  if (phase !== "finished") return [`${id} is not finished: nothing is known of it yet`];
  if (verdict === null || isExpandable(verdict)) return [];
  // Its build made the same as that of what it was distilled from, or of a variant that was measured and not worse.
  if (verdict === "duplicate" && distilledFrom !== null) return [];
  return [`${id} ended as ${verdict}${reason === "" ? "" : `: ${reason}`}`];
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

function refuse(problems: readonly string[], message: string, hint: string): void {
  if (problems.length === 0) return;
  const list = indentedListOf(
    problems.map((problem) => printable(problem)),
    MAX_TOLD,
  );
  throw new UserError(`${message}; nothing was written:\n${list}`, { hint });
}
