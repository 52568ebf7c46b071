import { chooseAgent } from "../../agent/choose.ts";
import type { OpenAgent } from "../../agent/host.ts";
import { IDLE } from "../../agent/idle.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { homeMachine } from "../../config/machines.ts";
import type { RunRequest } from "../../loop/run/start.ts";
import { DockerMachine } from "../../sandbox/docker-machine.ts";
import { formatOwner, type ProcessTable, parseOwner } from "../../store/files/owner.ts";
import { gitRepositories } from "../../store/git/repositories.ts";
import { openProject, type Project } from "../../store/project.ts";
import type { Progress } from "../terminal/progress.ts";
import type { World } from "../world.ts";
import { homeEngine } from "./engines.ts";
import { furtherMachines, queueOf } from "./machine-sources.ts";
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
    queue: queueOf(world, engine, homeMachine(config).url),
    others: furtherMachines(world, config, progress.keep),
    repositories: gitRepositories(world.env.PATH ?? ""),
    clock: world,
    observe: (event) => progress.event(event),
    onOutput: (chunk) => progress.output(chunk),
    [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
  };
}
