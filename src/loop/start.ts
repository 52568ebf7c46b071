import type { Agent } from "../agent/agent.ts";
import type { Config } from "../config/schema.ts";
import { UserError } from "../core/error.ts";
import type { RunEvent } from "../core/event.ts";
import { printable } from "../core/printable.ts";
import { MeasuringSlot, type TakeTurn } from "../measure/slot.ts";
import { type Base, type BaseRequest, prepareBase, reopenBase } from "../sandbox/base.ts";
import type { Engine } from "../sandbox/engine.ts";
import { removeLeftovers } from "../sandbox/leftover.ts";
import { sandboxImage } from "../sandbox/sandbox-image.ts";
import { defaultCpuSets, type Scope } from "../sandbox/scope.ts";
import { CodeRepository } from "../store/code-repository.ts";
import type { Lock } from "../store/lock.ts";
import type { Project } from "../store/project.ts";
import type { BaseRecord } from "../store/run-record.ts";
import type { RunStore } from "../store/run-store.ts";
import { UserBranches, userHead } from "../store/user-branches.ts";
import { AgentMounts } from "./agent-mounts.ts";
import { checkSameCriteria, NEW_RUN } from "./criteria.ts";
import { type AgentlessRun, type Run, tell } from "./run.ts";
import { type DividedWorkspace, divideWorkspace, readFiles } from "./workspace.ts";

/** What a run needs from outside. */
export interface RunRequest {
  readonly config: Config;
  readonly project: Project;
  readonly lock: Lock;
  readonly engine: Engine;
  /** Makes the agent once everything else of the run is there. */
  readonly chooseAgent: (run: AgentlessRun) => Promise<Agent>;
  /** This process as an owner of containers. */
  readonly owner: string;
  /** Whether such an owner still runs: what others left behind is removed. */
  readonly isAlive: (owner: string) => boolean;
  /** The turns of all that measure on this machine. */
  readonly takeTurn: TakeTurn;
  /** `PATH` for git. */
  readonly searchPath: string;
  readonly now: () => Date;
  readonly observe: (event: RunEvent) => void;
}

/** Disposing it removes its containers and volumes; images and records stay. */
export type DisposableRun = Run & AsyncDisposable;

/** Starts a run with a new number: the base is made before the number is taken. */
export async function startRun(request: RunRequest, signal: AbortSignal): Promise<DisposableRun> {
  const { config, project, lock, engine } = request;
  const workspace = await divideWorkspace(config);
  await sweep(request);
  const number = ((await project.runs()).at(-1) ?? 0) + 1;
  const scope = scopeOf(request, number);
  const startedAtMs = request.now().getTime();
  const base = await prepareBase(scope, await baseRequest(request, workspace, signal), signal);
  checkSetupFiles(workspace, base);
  const store = await project.createRun(lock, {
    seed: config.search.seed,
    config: { ...config },
    environment: environmentOf(engine, scope),
    userHead: await userHead(workspace.root, request.searchPath),
    hiddenDigest: workspace.hiddenDigest,
  });
  await store.setFindings({ base: recordOf(base) });
  const run = await assemble(request, { scope, base, store, workspace });
  await tell(run, { type: "run_started", run: number });
  const durationMs = request.now().getTime() - startedAtMs;
  await tell(run, { type: "base_ready", imageId: base.imageId, durationMs });
  for (const message of workspace.warnings) await tell(run, { type: "warning", id: null, message });
  return run;
}

/**
 * Opens a run to go on with it. Throws `UserError` where its criteria or hidden files changed since, or where its base is
 * lost and cannot be made again as it was: new criteria are a new run.
 */
export async function resumeRun(
  request: RunRequest,
  number: number,
  signal: AbortSignal,
): Promise<DisposableRun> {
  const workspace = await divideWorkspace(request.config);
  const store = await request.project.resumeRun(request.lock, number);
  try {
    checkSameCriteria(store, request.config, workspace);
    await sweep(request);
    const scope = scopeOf(request, number);
    const base = await sameBase(request, scope, store, workspace, signal);
    const run = await assemble(request, { scope, base, store, workspace });
    await tell(run, { type: "run_resumed", run: number, nodes: store.nodes.length });
    return run;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

interface Parts {
  readonly scope: Scope;
  readonly base: Base;
  readonly store: RunStore;
  readonly workspace: DividedWorkspace;
}

async function assemble(
  request: RunRequest,
  { scope, base, store, workspace }: Parts,
): Promise<DisposableRun> {
  const { project, searchPath } = request;
  const { root, policy, hidden } = workspace;
  const head = store.record.userHead;
  const mounts = new AgentMounts({
    scope,
    base,
    policy,
    hiddenFiles: hidden.map(({ path }) => path),
    buildOutputs: () => store.record.buildOutputs ?? [],
  });
  const run: AgentlessRun = {
    config: request.config,
    scope,
    base,
    policy,
    hidden,
    isIgnored: workspace.isIgnored,
    files: [...workspace.protectedFiles, ...workspace.writableFiles].map(({ path, sizeBytes }) => ({
      path,
      bytes: sizeBytes,
    })),
    readWorkspace: () => readFiles(root, workspace.writableFiles),
    project,
    store,
    code: await CodeRepository.open(project.codeFolder, searchPath),
    branches: head === null ? null : await UserBranches.open(root, head, searchPath),
    slot: new MeasuringSlot(request.takeTurn),
    mounts,
    now: request.now,
    observe: request.observe,
  };
  return {
    ...run,
    agent: await request.chooseAgent(run),
    [Symbol.asyncDispose]: async () => {
      await mounts[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** What all containers, volumes and images of a run have in common. */
export function scopeOf(
  {
    config,
    engine,
    project,
    owner,
  }: Pick<RunRequest, "config" | "engine" | "owner"> & {
    readonly project: Pick<Project, "projectId">;
  },
  run: number,
): Scope {
  const { sandbox } = config;
  const found = defaultCpuSets(engine.cpuCount);
  return {
    engine,
    projectId: project.projectId,
    repository: `loopty/${config.name}`,
    run,
    owner,
    limits: {
      memoryBytes: sandbox.memoryBytes,
      pids: sandbox.pids,
      diskBytes: sandbox.diskBytes,
      runtime: sandbox.runtime,
    },
    cpus: {
      agent: sandbox.agentCpus ?? found.agent,
      measure: sandbox.measureCpus ?? found.measure,
    },
    network: sandbox.network,
  };
}

async function baseRequest(
  request: RunRequest,
  workspace: DividedWorkspace,
  signal: AbortSignal,
): Promise<BaseRequest> {
  const { config, engine } = request;
  const sandbox = await sandboxImage(engine, config.sandbox.base, signal);
  const { setup } = config.sandbox;
  return {
    sandboxImageId: sandbox.Id,
    workspaceRoot: workspace.root,
    protectedFiles: workspace.protectedFiles,
    writableFiles: workspace.writableFiles,
    emptyFolders: workspace.emptyFolders,
    setup: setup === null ? null : { command: setup, timeoutMs: config.timeouts.setupMs },
  };
}

/** The run's own base, or one made again that has the very same layers. */
async function sameBase(
  request: RunRequest,
  scope: Scope,
  store: RunStore,
  workspace: DividedWorkspace,
  signal: AbortSignal,
): Promise<Base> {
  const { base: recorded, run } = store.record;
  if (recorded === null) throw new UserError(`run ${run} never got its base`, NEW_RUN);
  const fileTime = new Date(recorded.fileTime);
  const known = await reopenBase(scope, { ...recorded, fileTime });
  if (known !== null) return known;
  const made = await prepareBase(scope, await baseRequest(request, workspace, signal), signal);
  if (made.layers.join() !== recorded.layers.join()) {
    throw new UserError(`the base image of run ${run} is lost and comes out different now`, {
      hint: "protected files, setup or the sandbox image changed since: start a new run",
    });
  }
  return { ...made, fileTime };
}

/** `setup` may not make what the agent may change: a node's state would not be its own files alone. */
function checkSetupFiles({ policy, isIgnored }: DividedWorkspace, base: Base): void {
  const made = base.tree.find(
    ({ path, kind }) => kind === "file" && policy.accessOf(path) === "writable" && !isIgnored(path),
  );
  if (made === undefined) return;
  throw new UserError(`setup made ${printable(made.path)}, which access.writable names`, {
    hint: "name it in access.readable, ignore it in .gitignore, or make it in commands.build",
  });
}

async function sweep({ engine, project, isAlive }: RunRequest): Promise<void> {
  await removeLeftovers(engine, project.projectId, (owner) => !isAlive(owner));
}

function recordOf({ tag, imageId, layers, fileTime }: Base): BaseRecord {
  return { tag, imageId, layers: [...layers], fileTime: fileTime.toISOString() };
}

function environmentOf(engine: Engine, scope: Scope): Record<string, unknown> {
  const { docker: _connection, ...facts } = engine;
  return { engine: facts, cpus: scope.cpus, node: process.version };
}
