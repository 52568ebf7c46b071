// A run of a tiny project on the real engine, opened from the compiled program as `loopty run` opens one.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { queueOf } from "../dist/cli/project/machine-sources.js";
import { ownerLives } from "../dist/cli/project/run-request.js";
import { SYSTEM_CLOCK } from "../dist/cli/system-clock.js";
import { loadConfig } from "../dist/config/load.js";
import { chosenCpus } from "../dist/loop/run/sandbox-settings.js";
import { startRun } from "../dist/loop/run/start.js";
import { listImages, removeImages } from "../dist/sandbox/clean-up/image-removal.js";
import { removeLeftovers } from "../dist/sandbox/clean-up/leftover.js";
import { DockerMachine } from "../dist/sandbox/docker-machine.js";
import { connectEngine } from "../dist/sandbox/engine/engine.js";
import { formatOwner, linuxProcessTable } from "../dist/store/files/owner.js";
import { gitRepositories } from "../dist/store/git/repositories.js";
import { openProject } from "../dist/store/project.js";

const NONE_WANTED = { agentCpus: null, measureCpus: null };

/**
 * @param {Record<string, string>} files by path, `loopty.yaml` among them
 * @param {import("../dist/agent/agent.js").Agent} agent
 * @param {(directory: string) => Promise<void>} furnish puts further files into the project
 */
export async function openBenchRun(files, agent, furnish = async () => {}) {
  const directory = await mkdtemp(join(tmpdir(), "loopty-bench-"));
  await furnish(directory);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const engine = await connectEngine(process.env, homedir());
  const processes = linuxProcessTable(process.pid);
  const newUuid = () => crypto.randomUUID();
  const world = { ...SYSTEM_CLOCK, newUuid, processes };
  const project = await openProject(directory, world);
  const lock = await project.lock();
  const signal = AbortSignal.timeout(3_600_000);
  const { config } = await loadConfig({ directory });
  const machine = new DockerMachine(engine);
  let baseMs = 0;
  const run = await startRun(
    {
      config,
      project,
      lock,
      machine,
      openAgent: async () => agent,
      owner: formatOwner(processes.self()),
      isAlive: ownerLives(processes),
      queue: queueOf(world, engine),
      repositories: gitRepositories(process.env.PATH ?? ""),
      clock: SYSTEM_CLOCK,
      observe: (event) => {
        if (event.type === "base_ready") baseMs = event.durationMs;
      },
    },
    signal,
  );
  const { agent: agentCpus, measure } = chosenCpus({ config, machine, cpus: NONE_WANTED });
  return {
    run,
    engine,
    cpus: { agent: agentCpus, measure: measure[0] },
    signal,
    directory,
    /** How long the base took. */
    baseMs,
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
