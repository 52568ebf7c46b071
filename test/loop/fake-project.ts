import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { RunEvent } from "../../src/core/events/event.ts";
import type { NodeId } from "../../src/core/tree/id.ts";
import type { MachineSource } from "../../src/loop/run/machine-source.ts";
import {
  type DisposableRun,
  type RunRequest,
  resumeRun,
  startRun,
} from "../../src/loop/run/start.ts";
import type { MeasuringQueue } from "../../src/measure/slot.ts";
import type { Machine } from "../../src/sandbox/machine.ts";
import { formatOwner, type ProcessTable, parseOwner } from "../../src/store/files/owner.ts";
import type { Repositories } from "../../src/store/git/repositories.ts";
import { openProject, type Project } from "../../src/store/project.ts";
import { FreeQueue } from "../measure/free-queue.ts";
import { FakeEngine, type FakeEngineOptions } from "../sandbox/fake/fake-engine.ts";
import { FakeMachine } from "../sandbox/fake/fake-machine.ts";
import { costProgram, type Texts } from "../sandbox/fake/fake-program.ts";
import { MemoryRepositories } from "../store/memory-repositories.ts";
import { FakeProcesses } from "../store/processes.ts";

/** A machine that somebody lends. */
interface Lent {
  /** How long it is kept with nothing to do; it is nobody's to give back when left out. */
  readonly idleMs?: number | null;
}

export interface FakeProjectOptions extends Partial<FakeEngineOptions> {
  /** Engines of further machines, by name. Time is one for all. */
  readonly others?: Readonly<Record<string, Partial<FakeEngineOptions> & Lent>>;
  readonly files?: Texts;
  /** Keys of loopty.yaml beside what every project here has. */
  readonly yaml?: string;
  /** How measuring is queued for on each machine; nobody waits when left out. */
  readonly newQueue?: () => MeasuringQueue;
  /** Where the project's folder is made; the system's folder for such when left out. */
  readonly parentFolder?: string;
  /** In memory when left out. */
  readonly repositories?: Repositories;
}

const FILES: Texts = { "src/cost": "100\n", "oracle/answer": "42\n", "bench.sh": "cat src/cost\n" };

const YAML = `name: fake
statement: Make it cost less.
access: { writable: [src/], hidden: [oracle/] }
commands: { build: make, verify: make test, benchmark: ./bench.sh }
timeouts: { build: 5m, verify: 5m, benchmark: 5m, agent: 20m }
`;

/** How a run is opened. */
export type Opening = "new" | number | { readonly from: NodeId };

/** A user's project whose store is real and whose engine is in memory. */
export async function openFakeProject(options: FakeProjectOptions = {}) {
  const directory = await mkdtemp(join(options.parentFolder ?? tmpdir(), "loopty-fake-"));
  const files = { ...FILES, ...options.files, "loopty.yaml": YAML + (options.yaml ?? "") };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const engine = new FakeEngine({ program: costProgram(), ...options });
  const others = Object.fromEntries(
    Object.entries(options.others ?? {}).map(([name, of]) => [
      name,
      new FakeEngine({ program: engine.program, seed: name, ...of, time: engine.time }),
    ]),
  );
  const { repositories = new MemoryRepositories(), newQueue = () => new FreeQueue() } = options;
  const processes = new FakeProcesses();
  const events: RunEvent[] = [];
  let pid = 10;

  const openStored = (table: ProcessTable) =>
    openProject(directory, {
      now: engine.time.now,
      newUuid: () => crypto.randomUUID(),
      processes: table,
    });

  /** What a new process opens a run with. It holds the project's lock until disposed. */
  async function request(agent: Agent, process: Partial<ProcessOptions> = {}) {
    const table = process.table ?? processes.start(pid++);
    const wrap = process.wrap ?? UNCHANGED;
    const project = wrap.project(await openStored(table));
    const { config } = await loadConfig({ directory });
    const lock = await project.lock();
    return {
      config,
      project,
      lock,
      machine: wrap.machine(new FakeMachine(engine)),
      openAgent: async () => wrap.agent(agent),
      owner: formatOwner(table.self()),
      isAlive: (text: string) => {
        const owner = parseOwner(text);
        return owner !== null && table.isAlive(owner);
      },
      queue: newQueue(),
      others: Object.entries(others).map(([name, other]) =>
        sourceOf(name, other, newQueue, wrap, options.others?.[name] ?? {}),
      ),
      repositories: wrap.repositories(repositories),
      clock: engine.time,
      observe: (event: RunEvent) => void events.push(event),
      [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
    };
  }

  return {
    directory,
    engine,
    /** The engine of a further machine. */
    other: (name: string): FakeEngine => {
      const found = others[name];
      if (found === undefined) throw new Error(`no machine ${name}`);
      return found;
    },
    repositories,
    processes,
    events,
    request,
    newProcess: () => processes.start(pid++),

    /** A process that opens a run for the time of `use`. */
    withRun: async <T>(
      agent: Agent,
      opening: Opening,
      use: (run: DisposableRun, signal: AbortSignal) => Promise<T>,
      signal: AbortSignal = new AbortController().signal,
    ): Promise<T> => {
      await using opened = await request(agent);
      await using run = await openRun(opened, opening, signal);
      return await use(run, signal);
    },

    /** A run as it is stored; nobody holds its lock. */
    runs: async () => (await openStored(processes.start(pid++))).runs(),

    stored: async (number: number) => (await openStored(processes.start(pid++))).openRun(number),

    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

function sourceOf(
  name: string,
  engine: FakeEngine,
  newQueue: () => MeasuringQueue,
  wrap: Wrapping,
  { idleMs = null }: Lent,
): MachineSource {
  return {
    name,
    parallel: 2,
    idleMs,
    connect: async () => {
      engine.requireThere();
      const sinceMs = engine.time.steadyMs();
      return {
        machine: wrap.machine(new FakeMachine(engine)),
        queue: newQueue(),
        cpus: { agentCpus: null, measureCpus: null },
        gone: new AbortController().signal,
        lentMs: () => (idleMs === null ? null : engine.time.steadyMs() - sinceMs),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

export interface ProcessOptions {
  readonly table: ProcessTable;
  /** What the process sees instead of the world. */
  readonly wrap: Wrapping;
}

export interface Wrapping {
  project(project: Project): Project;
  machine(machine: FakeMachine): Machine;
  agent(agent: Agent): Agent;
  repositories(repositories: Repositories): Repositories;
}

const UNCHANGED: Wrapping = {
  project: (project) => project,
  machine: (machine) => machine,
  agent: (agent) => agent,
  repositories: (repositories) => repositories,
};

export function openRun(
  request: RunRequest,
  opening: Opening,
  signal: AbortSignal,
): Promise<DisposableRun> {
  if (typeof opening === "number") return resumeRun(request, opening, signal);
  return startRun({ ...request, ...(opening === "new" ? {} : opening) }, signal);
}

export type FakeProject = Awaited<ReturnType<typeof openFakeProject>>;

/** The same for the running test alone. */
export async function testProject(options: FakeProjectOptions = {}): Promise<FakeProject> {
  const project = await openFakeProject(options);
  onTestFinished(() => project[Symbol.asyncDispose]());
  return project;
}
