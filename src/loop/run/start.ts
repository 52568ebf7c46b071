import type { Agent } from "../../agent/agent.ts";
import type { Config } from "../../config/schema/schema.ts";
import { UserError } from "../../core/error.ts";
import type { RunEvent } from "../../core/events/event.ts";
import { ProposedTrees } from "../../core/search/proposed-trees.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { Bench } from "../../measure/slot.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { type Base, type BaseRequest, prepareBase, reopenBase } from "../../sandbox/image/base.ts";
import { sandboxImage } from "../../sandbox/image/sandbox-image.ts";
import { runtimeOf, type Scope } from "../../sandbox/scope.ts";
import type { Lock } from "../../store/files/lock.ts";
import { CodeRepository } from "../../store/git/code-repository.ts";
import { UserBranches, userHead } from "../../store/git/user-branches.ts";
import type { Project } from "../../store/project.ts";
import type { BaseRecord } from "../../store/run-record.ts";
import type { RunStore } from "../../store/run-store.ts";
import { originOf } from "../origin/origin.ts";
import { type DividedWorkspace, divideWorkspace, readFiles } from "../origin/workspace.ts";
import { AgentMounts } from "./agent-mounts.ts";
import { checkSameCriteria, checkSameRuntime, NEW_RUN } from "./criteria.ts";
import { scopeOf } from "./open-scope.ts";
import { type AgentlessRun, type Run, tell } from "./run.ts";
import { slotsOf, watchAbandonedPauses } from "./slots.ts";
import { sweep } from "./sweep.ts";

/** What a run needs from outside. */
export interface RunRequest {
  readonly config: Config;
  /** A node of any run whose files a new run starts from; the workspace as it stands when left out. */
  readonly from?: NodeId;
  readonly project: Project;
  readonly lock: Lock;
  readonly engine: Engine;
  /** Makes a new run's base otherwise than from the sandbox's image and `setup`. */
  readonly makeBase?: (
    scope: Scope,
    workspace: DividedWorkspace,
    signal: AbortSignal,
  ) => Promise<Base>;
  /** Makes the agent once everything else of the run is there. */
  readonly chooseAgent: (run: AgentlessRun) => Promise<Agent>;
  /** This process as an owner of containers. */
  readonly owner: string;
  /** Whether such an owner still runs: what others left behind is removed. */
  readonly isAlive: (owner: string) => boolean;
  /** All that measure on this machine. */
  readonly bench: Bench;
  /** `PATH` for git. */
  readonly searchPath: string;
  readonly now: () => Date;
  /** Goes on evenly, whatever the clock is set to. */
  readonly steadyMs: () => number;
  readonly observe: (event: RunEvent) => void;
}

/** Disposing it removes its containers and volumes; images and records stay. */
export type DisposableRun = Run & AsyncDisposable;

/** Starts a run with a new number: the base is made before the number is taken. */
export async function startRun(request: RunRequest, signal: AbortSignal): Promise<DisposableRun> {
  const { config, project, lock, from = null } = request;
  const origin = await originOf(project, request.searchPath, from);
  const workspace = await divideWorkspace(config, origin);
  await sweep(request);
  const number = ((await project.runs()).at(-1) ?? 0) + 1;
  const scope = scopeOf(request, number);
  const startedAtMs = request.steadyMs();
  const base =
    request.makeBase === undefined
      ? await prepareBase(scope, await baseRequest(request, workspace, signal), signal)
      : await request.makeBase(scope, workspace, signal);
  checkSetupFiles(workspace, base);
  const store = await project.createRun(lock, {
    seed: config.search.seed,
    config: { ...config },
    environment: environmentOf(request, scope),
    userHead: await userHead(workspace.root, request.searchPath),
    from,
    hiddenDigest: workspace.hiddenDigest,
    base: recordOf(base),
  });
  const run = await assemble(request, { scope, base, store, workspace });
  await tell(run, { type: "run_started", run: number, from });
  const durationMs = request.steadyMs() - startedAtMs;
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
  const store = await request.project.resumeRun(request.lock, number);
  try {
    const origin = await originOf(request.project, request.searchPath, store.record.from);
    const workspace = await divideWorkspace(request.config, origin);
    checkSameCriteria(store, request.config, workspace);
    const scope = scopeOf(request, number);
    checkSameRuntime(number, store.nodes, runtimeOf(scope));
    await sweep(request);
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
    carried: workspace.carried,
    isIgnored: workspace.isIgnored,
    files: [...workspace.protectedFiles, ...workspace.writableFiles].map(({ path, sizeBytes }) => ({
      path,
      bytes: sizeBytes,
    })),
    readWorkspace: () => readFiles(root, workspace.writableFiles),
    project,
    store,
    proposedTrees: new ProposedTrees(),
    code: await CodeRepository.open(project.codeFolder, searchPath),
    branches: head === null ? null : await UserBranches.open(root, head, searchPath),
    slots: slotsOf(scope, request.bench, request.config.sandbox.measureCpus),
    mounts,
    now: request.now,
    steadyMs: request.steadyMs,
    observe: request.observe,
  };
  const agent = await request.chooseAgent(run);
  const pauses = watchAbandonedPauses(request);
  return {
    ...run,
    agent,
    [Symbol.asyncDispose]: async () => {
      await pauses[Symbol.asyncDispose]();
      await mounts[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      // Once more: what the engine still did for a killed process when this one began. Where it fails, the next start does it.
      await sweep(request).catch(() => {});
    },
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

function recordOf({ tag, imageId, layers, fileTime }: Base): BaseRecord {
  return { tag, imageId, layers: [...layers], fileTime: fileTime.toISOString() };
}

function environmentOf({ config, engine }: RunRequest, { cpus }: Scope): Record<string, unknown> {
  const { docker: _connection, ...facts } = engine;
  const measure = config.sandbox.measureCpus ?? cpus.measure;
  return { engine: facts, cpus: { ...cpus, measure }, node: process.version };
}
