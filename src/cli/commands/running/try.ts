import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { messageOf, UserError } from "../../../core/error.ts";
import type { WorkspaceFile } from "../../../core/file.ts";
import { championOf } from "../../../core/search/selection.ts";
import { runOf } from "../../../core/tree/id.ts";
import { nodeLines } from "../../../core/views/node.ts";
import { type TriedChange, tryChange } from "../../../loop/given-change.ts";
import { protectedChange } from "../../../loop/origin/protected-change.ts";
import { divideWorkspace, readFiles } from "../../../loop/origin/workspace.ts";
import { emit, type Run } from "../../../loop/run/run.ts";
import { type RunRequest, resumeRun } from "../../../loop/run/start.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { preferenceOfRun } from "../../../store/run-record.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { openRunRequest } from "../../project/run-request.ts";
import {
  findNode,
  type ProjectOptions,
  requireNode,
  requireProject,
} from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import { openProgress } from "../../terminal/progress.ts";
import type { World } from "../../world.ts";

/** Where the change is. Paths are relative to the current folder. */
export type ChangeSource =
  /** A file with a patch such as `git diff` writes. */
  | { readonly kind: "patch"; readonly path: string }
  /** A folder laid out as the workspace, whose writable files are taken as they stand. */
  | { readonly kind: "folder"; readonly path: string };

export interface TryOptions extends ProjectOptions {
  readonly from: string;
  readonly change: ChangeSource;
  /** What it changes and why. */
  readonly message: string;
  readonly json?: boolean;
}

const MAX_PATCH_BYTES = 64 * 1024 ** 2;

/** Makes a node of a change by a person or another program, under the same policy as an agent's. */
export async function tryOwn(world: World, options: TryOptions): Promise<ExitCode> {
  if (options.message.trim() === "") throw new UserError("-m needs a text: what the change is for");
  const { id } = (await findNode(await requireProject(world, options), options.from)).node;
  const path = resolve(world.cwd, options.change.path);
  const patch = options.change.kind === "patch" ? await readPatch(path) : null;
  using progress = await openProgress(world);
  await using request = await openRunRequest(world, options, "idle", progress);
  progress.step(`opening run ${runOf(id)}`);
  await using run = await resumeRun(request, runOf(id), world.signal);
  const parent = requireNode(run.records.store, id);
  const change: TriedChange =
    patch === null
      ? { kind: "state", files: await filesIn(run, request, path) }
      : { kind: "patch", patch };
  const outcome = await tryChange(run, parent, change, options.message.trim(), world.signal);
  progress[Symbol.dispose]();
  if (outcome.kind === "rejected") {
    throw patch === null
      ? new UserError(`there is nothing to try: ${outcome.reason}`)
      : new UserError(`the patch does not fit ${id}: ${outcome.reason}`, {
          hint: `its paths start at the workspace; it must apply to the files of ${id}: loopty export ${id} --files DIR`,
        });
  }
  const { node } = outcome;
  if (options.json) {
    printJson(world.stdout, node);
    return EXIT.done;
  }
  const { nodes, record } = run.records.store;
  const metrics = metricsOf(record);
  const champion = championOf(nodes, preferenceOfRun(record))?.id ?? null;
  printLines(world.stdout, nodeLines(node, { metrics, champion }));
  return EXIT.done;
}

/** The folder's writable files. What else in it differs from the run's base is said and left out. */
async function filesIn(
  run: Run,
  { config }: RunRequest,
  folder: string,
): Promise<readonly WorkspaceFile[]> {
  const workspace = { ...config.workspace, path: folder };
  const divided = await divideWorkspace({ ...config, workspace });
  const recorded = await run.records.store.readProtectedDigests();
  const isOwn = folder === config.workspace.path;
  // Of the run's own workspace that was said when the run was opened.
  const message = recorded === null || isOwn ? null : protectedChange(recorded, divided);
  if (message !== null) await emit(run, { type: "warning", id: null, message });
  return readFiles(folder, divided.writableFiles);
}

/** A pipe is fine, such as what `<(git diff)` names. A device without an end is not. */
async function readPatch(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_PATCH_BYTES) break;
    }
  } catch (cause) {
    throw new UserError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
  if (bytes === 0) throw new UserError(`${path} is empty`);
  if (bytes > MAX_PATCH_BYTES) {
    throw new UserError(`${path} is larger than ${MAX_PATCH_BYTES / 1024 ** 2} MiB`);
  }
  return Buffer.concat(chunks);
}
