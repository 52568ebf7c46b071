import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Agent } from "../../src/agent/agent.ts";
import type { OpenAgent } from "../../src/agent/host.ts";
import { SYSTEM_CLOCK } from "../../src/cli/system-clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { RunEvent } from "../../src/core/events/event.ts";
import type { NodeId } from "../../src/core/tree/id.ts";
import { type DisposableRun, resumeRun, startRun } from "../../src/loop/run/start.ts";
import { HostQueue } from "../../src/measure/host-queue.ts";
import { listImages, removeImages } from "../../src/sandbox/clean-up/image-removal.ts";
import { endLeftoversOf, removeLeftovers } from "../../src/sandbox/clean-up/leftover.ts";
import { DockerMachine } from "../../src/sandbox/docker-machine.ts";
import { connectEngine, type Engine } from "../../src/sandbox/engine/engine.ts";
import { formatOwner, linuxProcessTable, parseOwner } from "../../src/store/files/owner.ts";
import { gitRepositories } from "../../src/store/git/repositories.ts";
import { openProject } from "../../src/store/project.ts";

/** A user's project in a temporary folder, and runs of it on the real engine. Disposing removes all it made. */
export async function openTestProject(files: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), "loopty-project-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const engine = await connectEngine(process.env, homedir());
  const processes = linuxProcessTable(process.pid);
  const now = () => new Date();
  const project = await openProject(directory, {
    now,
    newUuid: () => crypto.randomUUID(),
    processes,
  });
  const events: RunEvent[] = [];
  const signal = AbortSignal.timeout(900_000);

  /** Opens a run for the time of `use`: a new one, one with a node's files, or one that is there. */
  async function withRun<T>(
    agent: Agent | OpenAgent,
    number: "new" | number | { readonly from: NodeId },
    use: (run: DisposableRun, signal: AbortSignal) => Promise<T>,
    usedEngine: Engine = engine,
  ): Promise<T> {
    const { config } = await loadConfig({ directory });
    await using lock = await project.lock();
    const request = {
      config,
      project,
      lock,
      machine: new DockerMachine(usedEngine),
      openAgent: typeof agent === "function" ? agent : async () => agent,
      owner: formatOwner(processes.self()),
      isAlive: (text: string) => {
        const owner = parseOwner(text);
        return owner !== null && processes.isAlive(owner);
      },
      // Not the machine's: test files would wait for each other, and their metrics are exact.
      queue: new HostQueue({
        folder: `${directory}-bench`,
        uid: process.getuid?.() ?? null,
        processes,
        endLeftoversOf: (owner) => endLeftoversOf(engine, owner),
        projectOf: () => null,
        isOwn: (pid) => pid === process.pid,
        now,
      }),
      repositories: gitRepositories(process.env.PATH ?? ""),
      clock: SYSTEM_CLOCK,
      observe: (event: RunEvent) => void events.push(event),
    };
    const start = number === "new" ? {} : number;
    await using run =
      typeof start === "number"
        ? await resumeRun(request, start, signal)
        : await startRun({ ...request, ...start }, signal);
    return await use(run, signal);
  }

  return {
    directory,
    project,
    engine,
    events,
    signal,
    withRun,
    [Symbol.asyncDispose]: async () => {
      await removeLeftovers(engine, project.projectId, () => true);
      await removeImages(engine, await listImages(engine, project.projectId));
      await rm(directory, { recursive: true, force: true });
      await rm(`${directory}-bench`, { recursive: true, force: true });
    },
  };
}

export type TestProject = Awaited<ReturnType<typeof openTestProject>>;
