import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { checkPath } from "../../../core/access/path.ts";
import { messageOf, UserError } from "../../../core/error.ts";
import { formatCounted } from "../../../core/text/number.ts";
import { baselineId, runOf } from "../../../core/tree/id.ts";
import { writeWholeFile } from "../../../store/files/atomic-file.ts";
import { CodeRepository } from "../../../store/git/code-repository.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { homeEngine, machinesOf } from "../../project/engines.ts";
import { checkedImageId } from "../../project/node-image.ts";
import {
  findNode,
  type ProjectOptions,
  requireNode,
  requireProject,
  type StoredNode,
} from "../../project/stored-project.ts";
import { placeFile } from "../../project/user-workspace.ts";
import { printBytes, printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";
import { commitOf } from "../looking/diff.ts";

/** Exactly one of `patch`, `files` and `image`. */
export interface ExportOptions extends ProjectOptions {
  readonly id: string;
  /** A file, or `-` for stdout: all changes from the run's root to the node. */
  readonly patch?: string;
  /** A new or empty folder: the node's writable files. */
  readonly files?: string;
  /** A tar file as `docker load` reads it. */
  readonly image?: string;
  readonly json?: boolean;
}

const STDOUT = "-";

/** Takes a node out of loopty: as a patch, as files, or as an image. */
export async function exportNode(world: World, options: ExportOptions): Promise<ExitCode> {
  const { patch, files, image } = options;
  if ([patch, files, image].filter((target) => target !== undefined).length !== 1) {
    throw new UserError("say what to export: one of --patch, --files and --image");
  }
  const project = await requireProject(world, options);
  const found = await findNode(project, options.id);
  const code = await CodeRepository.open(project.codeFolder, world.env.PATH ?? "");
  if (patch === STDOUT) {
    printBytes(world.stdout, await patchOf(code, found));
    return EXIT.done;
  }
  const target = resolve(world.cwd, patch ?? files ?? image ?? "");
  let what: string;
  if (patch !== undefined) {
    const bytes = await patchOf(code, found);
    await toFile(target, () => writeWholeFile(target, bytes));
    what = "patch";
  } else if (files !== undefined) {
    what = formatCounted(await writeFiles(code, found, target), "file");
  } else {
    await toFile(target, () => writeImage(world, options, found, target));
    what = "image";
  }
  if (options.json) {
    const kind = patch === undefined ? (files === undefined ? "image" : "files") : "patch";
    printJson(world.stdout, { id: found.node.id, kind, path: target });
  } else {
    printLines(world.stdout, [`${found.node.id}: ${what} in ${target}`]);
  }
  return EXIT.done;
}

async function patchOf(code: CodeRepository, { run, node }: StoredNode): Promise<Buffer> {
  const root = requireNode(run, baselineId(runOf(node.id)));
  return (await code.diff(commitOf(root), commitOf(node))).patch;
}

async function writeFiles(
  code: CodeRepository,
  { node }: StoredNode,
  folder: string,
): Promise<number> {
  const files = await code.readFiles(commitOf(node));
  for (const { path } of files) {
    const reason = checkPath(path);
    if (reason !== null) throw new UserError(`the stored name ${JSON.stringify(path)} ${reason}`);
  }
  await toFile(folder, async () => {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) {
      throw new UserError(`${folder} is not empty`, { hint: "name a new folder" });
    }
    for (const file of files) await placeFile(folder, file);
  });
  return files.length;
}

async function writeImage(
  world: World,
  options: ProjectOptions,
  found: StoredNode,
  path: string,
): Promise<void> {
  const machines = await machinesOf(world, options);
  const engine = await homeEngine(world, machines);
  const { tag } = await checkedImageId(engine, found, machines);
  const torn = `${path}.torn`;
  try {
    const archive = await engine.docker.getImage(tag).get();
    await pipeline(archive, createWriteStream(torn), { signal: world.signal });
    await rename(torn, path);
  } finally {
    await rm(torn, { force: true });
  }
}

/** A path that cannot be written is the user's to fix. */
async function toFile(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const isDisk = cause instanceof Error && "code" in cause && "path" in cause;
    throw isDisk ? new UserError(`cannot write ${path}: ${messageOf(cause)}`, { cause }) : cause;
  }
}
