import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseAgent } from "../../agent/choose.ts";
import type { OpenAgent } from "../../agent/host.ts";
import { IDLE } from "../../agent/idle.ts";
import type { LoadedConfig } from "../../config/load.ts";
import type { EngineMachine } from "../../config/schema/machines.ts";
import { LOCAL_MACHINE } from "../../core/tree/machine.ts";
import type { MachineSource } from "../../loop/run/machine-source.ts";
import type { RunRequest } from "../../loop/run/start.ts";
import { HostQueue } from "../../measure/host-queue.ts";
import { endLeftoversOf } from "../../sandbox/clean-up/leftover.ts";
import { DockerMachine } from "../../sandbox/docker-machine.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { formatOwner, type ProcessTable, parseOwner } from "../../store/files/owner.ts";
import { gitRepositories } from "../../store/git/repositories.ts";
import { openProject, type Project } from "../../store/project.ts";
import type { Progress } from "../terminal/progress.ts";
import type { World } from "../world.ts";
import { engineAt, homeEngine } from "./engines.ts";
import { type ConfigOptions, readConfig } from "./read-config.ts";
import { requireProject } from "./stored-project.ts";

/** A run request that holds the project's lock until disposed. */
export type OpenRunRequest = RunRequest & AsyncDisposable;

/** Who grows the tree: the agent of loopty.yaml, which is checked at once, or nobody. */
export type AgentChoice = "configured" | "idle";

/** Gathers what a new run needs, and makes the folder a project when it is not. */
export async function openNewRunRequest(
  world: World,
  options: ConfigOptions,
  agent: AgentChoice,
  progress: Progress,
): Promise<OpenRunRequest> {
  const loaded = await readConfig(world, options);
  const open = () => openProject(loaded.projectDirectory, world);
  return openRequest(world, loaded, await openerOf(world, loaded, agent), open, progress);
}

/** The same to resume an existing run. Throws `UserError` where loopty was never run. */
export async function openRunRequest(
  world: World,
  options: ConfigOptions,
  agent: AgentChoice,
  progress: Progress,
): Promise<OpenRunRequest> {
  const project = await requireProject(world, options);
  const loaded = await readConfig(world, options);
  const openAgent = await openerOf(world, loaded, agent);
  return openRequest(world, loaded, openAgent, async () => project, progress);
}

/** A further machine of loopty.yaml, connected whenever it is wanted. */
function engineSource(world: World, machine: EngineMachine): MachineSource {
  const { name, parallel, url } = machine;
  return {
    name,
    parallel,
    cpus: machine,
    connect: async () => {
      const engine = await engineAt(world, machine);
      return {
        machine: new DockerMachine(engine),
        queue: queueOf(world, engine, url),
        gone: new AbortController().signal,
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

/** The queue for measuring on a machine, shared with every other loopty of this user here. */
export function queueOf(
  { processes, now }: Pick<World, "processes" | "now">,
  engine: Engine,
  url: string = LOCAL_MACHINE,
): HostQueue {
  const digest = createHash("sha256").update(url).digest("hex").slice(0, 12);
  const which = url === LOCAL_MACHINE ? "" : `-${digest}`;
  return new HostQueue({
    folder: join(tmpdir(), `loopty-bench-${process.getuid?.() ?? 0}${which}`),
    uid: process.getuid?.() ?? null,
    processes,
    endLeftoversOf: (owner) => endLeftoversOf(engine, owner),
    isOwn,
    now,
  });
}

/** Root may signal everybody's processes. Where the system shows whose a process is, that decides. */
function isOwn(pid: number): boolean {
  const owner = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  if (owner !== undefined) return owner.uid === process.getuid?.();
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether the owner that a label names still runs. An owner in another spelling is another version's, and gone. */
export function ownerLives(processes: ProcessTable): (owner: string) => boolean {
  return (text) => {
    const owner = parseOwner(text);
    return owner !== null && processes.isAlive(owner);
  };
}

async function openerOf(
  { env }: World,
  { config }: LoadedConfig,
  agent: AgentChoice,
): Promise<OpenAgent> {
  return agent === "idle" ? async () => IDLE : chooseAgent(config, env);
}

async function openRequest(
  world: World,
  { config }: LoadedConfig,
  openAgent: OpenAgent,
  open: () => Promise<Project>,
  progress: Progress,
): Promise<OpenRunRequest> {
  progress.step("connecting to the container engine");
  const engine = await homeEngine(world, config);
  const project = await open();
  const lock = await project.lock();
  return {
    config,
    project,
    lock,
    machine: new DockerMachine(engine),
    openAgent,
    owner: formatOwner(world.processes.self()),
    isAlive: ownerLives(world.processes),
    queue: queueOf(world, engine, config.machines[0]?.url),
    others: config.machines.slice(1).map((machine) => engineSource(world, machine)),
    repositories: gitRepositories(world.env.PATH ?? ""),
    clock: world,
    observe: (event) => progress.event(event),
    [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
  };
}
