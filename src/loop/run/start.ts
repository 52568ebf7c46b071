import type { OpenAgent } from "../../agent/host.ts";
import { homeMachine } from "../../config/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { Clock } from "../../core/clock.ts";
import { UserError } from "../../core/error.ts";
import type { RunEvent } from "../../core/events/event.ts";
import { ProposedTrees } from "../../core/search/proposed-trees.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { MeasuringQueue } from "../../measure/slot.ts";
import type { Machine, SandboxRequest, SandboxSettings } from "../../sandbox/machine.ts";
import type { Base, Sandbox } from "../../sandbox/sandbox.ts";
import type { Lock } from "../../store/files/lock.ts";
import type { Repositories } from "../../store/git/repositories.ts";
import type { Project } from "../../store/project.ts";
import type { RunStore } from "../../store/run-store.ts";
import { hostOf } from "../agents/host.ts";
import { originOf } from "../origin/origin.ts";
import { protectedChange, protectedDigests } from "../origin/protected-change.ts";
import { checkSetupFiles } from "../origin/setup-files.ts";
import { type DividedWorkspace, divideWorkspace, readFiles } from "../origin/workspace.ts";
import { checkSameCriteria, checkSameHome, checkSameRuntime, NEW_RUN } from "./criteria.ts";
import { environmentOf } from "./environment.ts";
import { Labs } from "./labs.ts";
import type { ConnectedMachine, MachineSource } from "./machine-source.ts";
import { type LabRun, labOf, labSource, sandboxRequest } from "./opened-lab.ts";
import { type AgentlessRun, emit, type Run } from "./run.ts";
import { SIDE_CHANNEL_HINT, sideChannel } from "./side-channel.ts";
import { unrecordedBeside, withoutImage } from "./unrecorded.ts";

/** What a run needs from outside. */
export interface RunRequest {
  readonly config: Config;
  /** A node of any run whose files a new run starts from; the workspace as it stands when left out. */
  readonly from?: NodeId;
  readonly project: Project;
  readonly lock: Lock;
  readonly machine: Machine;
  /** Replaces the way a new run's sandbox is opened, which is from the sandbox's image and `setup`. */
  readonly openSandbox?: (
    request: SandboxRequest,
    workspace: DividedWorkspace,
    signal: AbortSignal,
  ) => Promise<Sandbox>;
  /** Makes the agent once everything else of the run is there. */
  readonly openAgent: OpenAgent;
  /** This process as an owner of containers. */
  readonly owner: string;
  /** Whether such an owner still runs. What others left behind is removed. */
  readonly isAlive: (owner: string) => boolean;
  /** The queue of all that measure on this machine. */
  readonly queue: MeasuringQueue;
  /** Further machines, beside the first of loopty.yaml. */
  readonly others?: readonly MachineSource[];
  readonly repositories: Repositories;
  readonly clock: Clock;
  readonly observe: (event: RunEvent) => void;
  /** Hears what commands print in containers of the home machine, while they do. */
  readonly onOutput?: SandboxSettings["onOutput"];
}

/** Disposing it removes its containers and volumes. Images and records stay. */
export type DisposableRun = Run & AsyncDisposable;

/** Starts a run with a new number. The base is made before the number is taken. */
export async function startRun(request: RunRequest, signal: AbortSignal): Promise<DisposableRun> {
  const { config, project, lock, machine, clock, from = null } = request;
  const origin = await originOf(project, request.repositories, from);
  const workspace = await divideWorkspace(config, origin);
  const number = ((await project.runs()).at(-1) ?? 0) + 1;
  const earlier = await unrecordedBeside(project, number);
  await sweep(request, earlier);
  const startedAtMs = clock.steadyMs();
  const open = request.openSandbox ?? ((asked) => machine.open(asked, signal));
  const sandbox = await open(
    homeRequest(request, { number, workspace, recorded: null }),
    workspace,
    signal,
  );
  const { base } = sandbox;
  checkSetupFiles(workspace, base);
  const store = await project.createRun(lock, {
    seed: config.search.seed,
    config: { ...config },
    environment: environmentOf(request, sandbox),
    userHead: await request.repositories.userHead(workspace.root),
    from,
    hiddenDigest: workspace.hiddenDigest,
    base: recordOf(base),
  });
  await store.writeProtectedDigests(protectedDigests(workspace));
  const run = await assemble(request, { sandbox, store, workspace, earlier }, signal);
  await emit(run, { type: "run_started", run: number, from });
  const durationMs = clock.steadyMs() - startedAtMs;
  await emit(run, { type: "base_ready", imageId: base.imageId, durationMs });
  const channel = sideChannel(config);
  const beside = channel === null ? [] : [`${channel}; what closes it: ${SIDE_CHANNEL_HINT}`];
  for (const message of [...workspace.warnings, ...beside]) {
    await emit(run, { type: "warning", id: null, message });
  }
  return run;
}

/**
 * Opens a run to resume it. Throws `UserError` where its criteria or hidden files changed since, as new criteria are a
 * new run. Throws it also where its base is lost and cannot be made again as it was.
 */
export async function resumeRun(
  request: RunRequest,
  number: number,
  signal: AbortSignal,
): Promise<DisposableRun> {
  const store = await request.project.resumeRun(request.lock, number);
  try {
    const origin = await originOf(request.project, request.repositories, store.record.from);
    const workspace = await divideWorkspace(request.config, origin);
    checkSameCriteria(store, request.config, workspace);
    const earlier = await unrecordedBeside(request.project, number);
    await sweep(request, new Set([...earlier, ...withoutImage(store.nodes)]));
    const sandbox = await openRecorded(request, store, workspace, signal);
    checkSameHome(store, request.config);
    checkSameRuntime(number, nodesOn(store, homeMachine(request.config).name), sandbox.runtime);
    const run = await assemble(request, { sandbox, store, workspace, earlier }, signal);
    await emit(run, { type: "run_resumed", run: number, nodes: store.nodes.length });
    const recorded = await store.readProtectedDigests();
    const message = recorded === null ? null : protectedChange(recorded, workspace);
    if (message !== null) await emit(run, { type: "warning", id: null, message });
    return run;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

function nodesOn({ nodes }: RunStore, machine: string): readonly ExperimentNode[] {
  return nodes.filter((node) => node.machine === machine);
}

interface Parts {
  readonly sandbox: Sandbox;
  readonly store: RunStore;
  readonly workspace: DividedWorkspace;
  /** Nodes of other runs whose image goes from every machine that joins. */
  readonly earlier: ReadonlySet<NodeId>;
}

async function assemble(
  request: RunRequest,
  parts: Parts,
  signal: AbortSignal,
): Promise<DisposableRun> {
  const { project, config, repositories, clock } = request;
  const { store, workspace } = parts;
  const { root, policy, hidden, carried, isIgnored, files } = workspace;
  const head = store.record.userHead;
  const labs = labsOf(request, parts);
  const run: AgentlessRun = {
    problem: {
      config,
      policy,
      hidden,
      carried,
      isIgnored,
      files,
      readWorkspace: async () => readFiles(root, workspace.writableFiles),
    },
    lab: labs.home,
    labs,
    records: {
      project,
      store,
      proposedTrees: new ProposedTrees(),
      code: await repositories.code(project.codeFolder),
      branches: head === null ? null : await repositories.userBranches(root, head),
      owner: request.owner,
      observe: request.observe,
    },
    clock,
  };
  const agent = await request.openAgent(hostOf(run, signal));
  return {
    ...run,
    agent,
    [Symbol.asyncDispose]: async () => {
      await labs[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** The sandbox on the run's own base, or on one made again that has the very same layers. */
async function openRecorded(
  request: RunRequest,
  store: RunStore,
  workspace: DividedWorkspace,
  signal: AbortSignal,
): Promise<Sandbox> {
  const { base: recorded, run } = store.record;
  if (recorded === null) throw new UserError(`run ${run} never got its base`, NEW_RUN);
  const base = { ...recorded, fileTime: new Date(recorded.fileTime) };
  const asked = homeRequest(request, { number: run, workspace, recorded: base });
  const sandbox = await request.machine.open(asked, signal);
  if (sandbox.base.layers.join() === recorded.layers.join()) return sandbox;
  throw new UserError(`the base image of run ${run} is lost and comes out different now`, {
    hint: "protected files, setup or the sandbox image changed since: start a new run",
  });
}

function homeRequest(request: RunRequest, run: LabRun): SandboxRequest {
  return sandboxRequest(request, request.machine, homeMachine(request.config), run);
}

/** The labs of a run: the one where its sandbox was opened, and those that join later. */
function labsOf(request: RunRequest, { sandbox, store, workspace, earlier }: Parts): Labs {
  const { machine, queue, clock, others = [] } = request;
  const { name, parallel, agentCpus, measureCpus } = homeMachine(request.config);
  const { base } = sandbox;
  const run = { number: store.record.run, workspace, recorded: base };
  const connected: ConnectedMachine = {
    machine,
    queue,
    cpus: { agentCpus, measureCpus },
    gone: new AbortController().signal,
    lentMs: () => null,
    [Symbol.asyncDispose]: async () => {},
  };
  const carry = () => labs.save(base.tag);
  const unrecorded = () => new Set([...earlier, ...withoutImage(store.nodes)]);
  const joining = (source: MachineSource) => labSource(request, source, run, carry, unrecorded);
  const home = { name, parallel, idleMs: null, connect: async () => connected };
  const open = labOf(request, {
    name,
    connected,
    sandbox,
    request: homeRequest(request, run),
    unrecorded,
  });
  const labs: Labs = new Labs({ source: joining(home), open }, others.map(joining), clock);
  return labs;
}

/** Removes what no process needs any more, and the images of these nodes, which no index knows. */
function sweep({ machine, project, isAlive }: RunRequest, withoutImage: ReadonlySet<NodeId>) {
  return machine.sweep({ projectId: project.projectId, isAlive, withoutImage });
}

function recordOf({ tag, imageId, layers, fileTime }: Base) {
  return { tag, imageId, layers: [...layers], fileTime: fileTime.toISOString() };
}
