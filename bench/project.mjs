// A run of a tiny project on the real engine, opened from the compiled program as `loopty run` opens one.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { queueOf } from "../dist/cli/project/run-request.js";
import { loadConfig } from "../dist/config/load.js";
import { startRun } from "../dist/loop/run/start.js";
import { listImages, removeImages } from "../dist/sandbox/clean-up/image-removal.js";
import { removeLeftovers } from "../dist/sandbox/clean-up/leftover.js";
import { connectEngine } from "../dist/sandbox/engine/engine.js";
import { formatOwner, linuxProcessTable, parseOwner } from "../dist/store/files/owner.js";
import { openProject } from "../dist/store/project.js";

/**
 * @param {Record<string, string>} files by path, `loopty.yaml` among them
 * @param {import("../dist/agent/agent.js").Agent} agent
 */
export async function openBenchRun(files, agent) {
  const directory = await mkdtemp(join(tmpdir(), "loopty-bench-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const engine = await connectEngine(process.env, homedir());
  const processes = linuxProcessTable(process.pid);
  const now = () => new Date();
  const newUuid = () => crypto.randomUUID();
  const project = await openProject(directory, { now, newUuid, processes });
  const lock = await project.lock();
  const signal = AbortSignal.timeout(3_600_000);
  const { config } = await loadConfig({ directory });
  const run = await startRun(
    {
      config,
      project,
      lock,
      engine,
      openAgent: async () => agent,
      owner: formatOwner(processes.self()),
      isAlive: (text) => {
        const owner = parseOwner(text);
        return owner !== null && processes.isAlive(owner);
      },
      bench: queueOf({ processes, now }, engine),
      searchPath: process.env.PATH ?? "",
      now,
      steadyMs: () => performance.now(),
      observe: () => {},
    },
    signal,
  );
  return {
    run,
    signal,
    directory,
    close: async () => {
      await run[Symbol.asyncDispose]();
      await lock[Symbol.asyncDispose]();
      await removeLeftovers(engine, project.projectId, () => true);
      await removeImages(engine, await listImages(engine, project.projectId));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** @param {readonly number[]} values */
export function medianOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
