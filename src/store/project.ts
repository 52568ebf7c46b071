import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../core/error.ts";
import { createWholeFile, makeFolder, removeTornFiles, syncFolder } from "./files/atomic-file.ts";
import { errorCode } from "./files/disk-error.ts";
import { FORMAT_VERSION, readJsonFile, requireValue } from "./files/json-file.ts";
import { acquireLock, type Lock, lockHolder } from "./files/lock.ts";
import type { Owner, ProcessTable } from "./files/owner.ts";
import { JobFolder } from "./job-folder.ts";
import type { RunStart } from "./run-record.ts";
import { RunStore, writeNewRun } from "./run-store.ts";
import { openStoredRun, type StoredRun } from "./stored-run.ts";

const RUN_FOLDER = /^[1-9]\d{0,8}$/;

const projectSchema = z.strictObject({
  formatVersion: z.literal(FORMAT_VERSION),
  /** Images, containers and volumes are labelled with it. What has another project's id is left alone. */
  projectId: z.uuid(),
  createdAt: z.iso.datetime(),
});
type ProjectRecord = z.infer<typeof projectSchema>;

export interface ProjectWorld {
  readonly now: () => Date;
  readonly newUuid: () => string;
  readonly processes: ProcessTable;
}

/** What somebody sees of a run. */
export type RunLens = (run: StoredRun) => StoredRun;

const AS_IT_IS: RunLens = (run) => run;

/** A project's folder `.loopty`: its identity, its runs, and the lock that every change of a run asks for. */
export class Project {
  readonly folder: string;
  readonly projectId: string;
  readonly #record: ProjectRecord;
  readonly #world: ProjectWorld;
  readonly #view: RunLens;

  constructor(
    folder: string,
    record: ProjectRecord,
    world: ProjectWorld,
    view: RunLens = AS_IT_IS,
  ) {
    this.folder = folder;
    this.projectId = record.projectId;
    this.#record = record;
    this.#world = world;
    this.#view = view;
  }

  /** The same project, whose runs are looked at through `view`. */
  through(view: RunLens): Project {
    return new Project(this.folder, this.#record, this.#world, view);
  }

  get codeFolder(): string {
    return join(this.folder, "code.git");
  }

  /** What programs asked for that takes long. */
  get jobs(): JobFolder {
    return new JobFolder(join(this.folder, "jobs"), this.#world.processes, this.#world.now);
  }

  /** Takes the lock. Throws `UserError` that says who holds it. */
  async lock(): Promise<Lock> {
    const { processes, now } = this.#world;
    const lock = await acquireLock(join(this.folder, "lock"), processes, now());
    await removeTornFiles(this.#runsFolder);
    return lock;
  }

  /** The process that works on the project now. */
  holder(): Promise<Owner | null> {
    return lockHolder(join(this.folder, "lock"), this.#world.processes);
  }

  /** Whether a loopty works on the project now. */
  async isLocked(): Promise<boolean> {
    return (await this.holder()) !== null;
  }

  /** The numbers of the runs, in the order they were made. Throws `UserError` where their folder is gone. */
  async runs(): Promise<number[]> {
    const names = await readdir(this.#runsFolder).catch((cause: unknown) => {
      throw new UserError(`cannot read ${this.#runsFolder}: ${messageOf(cause)}`, {
        hint: `restore it, or delete ${this.folder} to begin anew`,
        cause,
      });
    });
    return names
      .filter((name) => RUN_FOLDER.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** Gives the run the next number. A run's folder appears with all its files or not at all. */
  async createRun(_lock: Lock, start: RunStart): Promise<RunStore> {
    const run = ((await this.runs()).at(-1) ?? 0) + 1;
    const createdAt = this.#world.now().toISOString();
    const torn = join(this.#runsFolder, `.${run}.torn`);
    await makeFolder(torn);
    try {
      await writeNewRun(torn, {
        formatVersion: FORMAT_VERSION,
        run,
        createdAt,
        base: null,
        ...start,
        baseline: null,
        machines: {},
        lentMs: {},
        workedMs: null,
        pace: null,
        workbench: null,
        result: null,
      });
      await rename(torn, this.#runFolder(run));
    } finally {
      await rm(torn, { recursive: true, force: true });
    }
    await syncFolder(this.#runsFolder);
    return RunStore.open(this.#runFolder(run), this.#world.now);
  }

  /** Opens a run to look at it. Throws `UserError` when there is no such run. */
  async openRun(run: number): Promise<StoredRun> {
    await this.#requireRun(run);
    return this.#view(await openStoredRun(this.#runFolder(run)));
  }

  /** Opens a run to resume it. Throws `UserError` when there is no such run. */
  async resumeRun(_lock: Lock, run: number): Promise<RunStore> {
    await this.#requireRun(run);
    return RunStore.open(this.#runFolder(run), this.#world.now);
  }

  get #runsFolder(): string {
    return join(this.folder, "runs");
  }

  #runFolder(run: number): string {
    return join(this.#runsFolder, String(run));
  }

  async #requireRun(run: number): Promise<void> {
    const runs = await this.runs();
    if (runs.includes(run)) return;
    throw new UserError(`there is no run ${run}`, {
      hint: runs.length === 0 ? "loopty run makes the first" : `there is ${runs.join(", ")}`,
    });
  }
}

/** Opens the project of a folder, and makes the folder a project when it is none. */
export async function openProject(directory: string, world: ProjectWorld): Promise<Project> {
  const found = await findProject(directory, world);
  if (found !== null) return found;
  const folder = folderOf(directory);
  await makeFolder(join(folder, "runs"));
  // Nothing in here belongs into the user's own repository.
  await createWholeFile(join(folder, ".gitignore"), "*\n");
  const record: ProjectRecord = {
    formatVersion: FORMAT_VERSION,
    projectId: world.newUuid(),
    createdAt: world.now().toISOString(),
  };
  // When two start at once, one's id stands, and both read that one.
  await createWholeFile(join(folder, "project.json"), `${JSON.stringify(record, null, 2)}\n`);
  return (await findProject(directory, world)) ?? new Project(folder, record, world);
}

/**
 * Returns `null` for a folder where loopty was never run. Throws `UserError` for a `.loopty` that is no folder of this
 * place.
 */
export async function findProject(directory: string, world: ProjectWorld): Promise<Project | null> {
  const folder = folderOf(directory);
  if (!(await isFolder(folder))) return null;
  const path = join(folder, "project.json");
  const reading = await readJsonFile(path, projectSchema);
  if (reading.kind === "missing") return null;
  const record = await requireValue(reading, path, async () => {
    return "images and containers are labelled with the projectId in it: restore it, or delete .loopty to begin anew";
  });
  return new Project(folder, record, world);
}

/** Whether it is there. A repository may bring `.loopty` along as a symlink, and records would be written where it leads. */
async function isFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  if (found === null || found.isDirectory()) return found !== null;
  throw new UserError(`${path} is ${found.isSymbolicLink() ? "a symlink" : "no folder"}`, {
    hint: "loopty keeps its records in a folder of its own here: take away what stands in its place",
  });
}

function folderOf(directory: string): string {
  return join(directory, ".loopty");
}
