import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../core/error.ts";
import { parseJson } from "../core/text/json.ts";
import { createWholeFile, makeFolder, writeWholeFile } from "./files/atomic-file.ts";
import { formatOwner, type ProcessTable, parseOwner } from "./files/owner.ts";
import { type Job, type JobState, type JobWork, workSchema } from "./job.ts";
import { ignoreMissing } from "./stored-run.ts";

const NUMBER = /^[1-9]\d{0,8}$/;
const MOST_OUTPUT_BYTES = 16 * 1024 ** 2;
/** From its order to the first sign of its process. Loading loopty takes seconds on a busy machine. */
const START_MS = 60_000;

const orderSchema = z.strictObject({ v: z.literal(1), at: z.iso.datetime(), work: workSchema });

/** What a job's process wrote. */
export interface JobOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What programs asked of a project that takes long, a folder each: `jobs/1/`, `jobs/2/` and so on, with `order.json`, then the
 * `owner` that works on it, what it wrote, and `ended` with its exit code. Any process may ask and look, without the project's lock.
 */
export class JobFolder {
  readonly #folder: string;
  readonly #processes: ProcessTable;
  readonly #now: () => Date;

  constructor(folder: string, processes: ProcessTable, now: () => Date) {
    this.#folder = folder;
    this.#processes = processes;
    this.#now = now;
  }

  /** Returns the job's number, once it is on disk. Somebody must start its process then. */
  async order(work: JobWork): Promise<number> {
    await makeFolder(this.#folder);
    const text = JSON.stringify({ v: 1, at: this.#now().toISOString(), work });
    for (let number = ((await this.#numbers()).at(-1) ?? 0) + 1; ; number++) {
      await makeFolder(this.folderOf(number));
      if (await createWholeFile(join(this.folderOf(number), "order.json"), `${text}\n`)) {
        return number;
      }
    }
  }

  /** The jobs from the first on. What loopty did not write is left out. */
  async jobs(): Promise<Job[]> {
    const jobs = await Promise.all((await this.#numbers()).map((number) => this.#read(number)));
    return jobs.filter((job) => job !== null);
  }

  /** Throws `UserError` where there is none of this number. */
  async job(number: number): Promise<Job> {
    const job = await this.#read(number);
    if (job !== null) return job;
    throw new UserError(`there is no job ${number}`);
  }

  /** This process works on it from now on. */
  async take(number: number): Promise<void> {
    const owner = formatOwner(this.#processes.self());
    await writeWholeFile(join(this.folderOf(number), "owner"), `${owner}\n`);
  }

  async end(number: number, exit: number): Promise<void> {
    await writeWholeFile(join(this.folderOf(number), "ended"), `${exit}\n`);
  }

  /** The end of each, where it is very long. */
  async output(number: number): Promise<JobOutput> {
    const folder = this.folderOf(number);
    const [stdout, stderr] = await Promise.all([
      tailOf(join(folder, "stdout")),
      tailOf(join(folder, "stderr")),
    ]);
    return { stdout, stderr };
  }

  folderOf(number: number): string {
    return join(this.#folder, String(number));
  }

  async #numbers(): Promise<number[]> {
    const names = (await readdir(this.#folder).catch(ignoreMissing)) ?? [];
    return names
      .filter((name) => NUMBER.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  async #read(number: number): Promise<Job | null> {
    const order = orderSchema.safeParse(parseJson(await this.#text(number, "order.json")));
    if (!order.success) return null;
    const { at, work } = order.data;
    return { number, at, work, state: await this.#stateOf(number, at) };
  }

  async #stateOf(number: number, at: string): Promise<JobState> {
    // The owner is read first: one that ends in between has said so by then.
    const owner = parseOwner((await this.#text(number, "owner")).trim());
    const isAlive = owner !== null && this.#processes.isAlive(owner);
    const ended = /^\d{1,3}$/.exec((await this.#text(number, "ended")).trim());
    if (ended !== null) return { kind: "ended", exit: Number(ended[0]) };
    if (isAlive) return { kind: "running", pid: owner.pid };
    const isNew = this.#now().getTime() - Date.parse(at) < START_MS;
    return owner === null && isNew ? { kind: "starting" } : { kind: "lost" };
  }

  async #text(number: number, name: string): Promise<string> {
    return (await readFile(join(this.folderOf(number), name), "utf8").catch(ignoreMissing)) ?? "";
  }
}

async function tailOf(path: string): Promise<string> {
  const handle = await open(path, "r").catch(ignoreMissing);
  if (handle === null) return "";
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - MOST_OUTPUT_BYTES);
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(size - start),
      position: start,
    });
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
