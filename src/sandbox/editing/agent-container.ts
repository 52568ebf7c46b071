import type { Container } from "dockerode";
import type { AgentSession } from "../../agent/session.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { NodeId } from "../../core/tree/id.ts";
import {
  type ArchiveReading,
  type PackedEntry,
  packArchive,
  readArchive,
} from "../container/archive.ts";
import { watchDisk } from "../container/disk.ts";
import { containerOptions } from "../container/hardening.ts";
import { type WatchedTime, watchRunningTime } from "../container/running-time.ts";
import { removeContainer } from "../image/image.ts";
import type { ExpectedMount } from "../mountinfo.ts";
import type { Scope } from "../scope.ts";
import { containerSession } from "./container-session.ts";
import { startWithMounts, waitingCommand } from "./mount-check.ts";
import type { MountPlan } from "./mount-plan.ts";
import { nodeVolumeEntries } from "./node-volume.ts";
import {
  createVolume,
  openVolume,
  removeVolume,
  type SourceVolume,
  type VolumeHelper,
} from "./volume.ts";
import { mountRootEnd, sourceMount, wholeMount } from "./volume-mount.ts";

export interface AgentContainerRequest {
  readonly node: NodeId;
  /** The parent's snapshot. */
  readonly image: string;
  /** A trusted image for helpers that never run. */
  readonly baseImage: string;
  readonly plan: MountPlan;
  readonly protectedVolume: SourceVolume;
  /** What the writable entries hold at the start. */
  readonly files: readonly WorkspaceFile[];
  readonly fileTime: Date;
  /** Root's files outside of the workspace, for the agent to read. Paths are relative to `/`. */
  readonly notes?: readonly PackedEntry[];
  /** After this the container ends by itself, whatever became of the harness. */
  readonly deadlineMs: number;
}

/** The container an agent edits in. Disposing it removes it and its volume. */
export interface AgentContainer extends AsyncDisposable {
  readonly session: AgentSession;
  /** Aborts, with the reason as text, when the container crossed its disk limit. */
  readonly limit: AbortSignal;
  /** Aborts once the container has run so long from now on, pauses left out. */
  timeLimit(limitMs: number): AbortSignal;
  /** Ends the container for good, then reads the writable entries, unchecked. */
  readBack(): Promise<ArchiveReading>;
}

/** Of one node's writable files. */
export const READ_BACK_LIMITS = { entries: 20_000, bytes: 256 * 1024 * 1024 };
// Volumes whose sources are only bound by path could be removed under the running container.
const KEEP_NODE = "/run/loopty/node";
const KEEP_PROTECTED = "/run/loopty/protected";

/** Starts an agent's container. Throws `EngineError` when a mount is not exactly as asked. */
export async function openAgentContainer(
  scope: Scope,
  request: AgentContainerRequest,
): Promise<AgentContainer> {
  const { plan, protectedVolume } = request;
  const name = `loopty-node-${crypto.randomUUID().slice(0, 8)}`;
  const stopWatching = new AbortController();
  let helper: VolumeHelper | null = null;
  let container: Container | null = null;
  let running: WatchedTime | null = null;
  const end = async () => {
    stopWatching.abort();
    running?.[Symbol.dispose]();
    if (container !== null) await removeContainer(container);
    container = null;
  };
  const dispose = async () => {
    await Promise.all([end(), helper?.[Symbol.asyncDispose]()]);
    await removeVolume(scope, name);
  };
  try {
    const volume = await createVolume(scope, name, request.node);
    const opened = await openVolume(scope, volume, request.baseImage);
    helper = opened;
    await opened.put(packArchive(nodeVolumeEntries(plan, request.files), request.fileTime));
    const started = await scope.engine.docker.createContainer(options(scope, request, volume));
    container = started;
    if (request.notes !== undefined && request.notes.length > 0) {
      await started.putArchive(packArchive(request.notes, request.fileTime), { path: "/" });
    }
    running = await watchRunningTime(scope.engine, started.id);
    const { time } = running;
    await startWithMounts(started, time, expectedMounts(plan, volume, protectedVolume));
    return {
      session: containerSession(started, time),
      limit: watchDisk(scope, started, volume, request.baseImage, stopWatching.signal),
      timeLimit: (limitMs) => {
        const over = new AbortController();
        const callOff = time.after(limitMs, () => over.abort());
        stopWatching.signal.addEventListener("abort", callOff, { once: true });
        return over.signal;
      },
      readBack: async () => {
        await end();
        return readArchive(await opened.get(), READ_BACK_LIMITS);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function options(scope: Scope, request: AgentContainerRequest, volume: SourceVolume) {
  const { plan, protectedVolume } = request;
  return containerOptions({
    scope,
    phase: "agent",
    node: request.node,
    image: request.image,
    user: "helper",
    command: waitingCommand(request.deadlineMs),
    cpus: scope.cpus.agent,
    network: scope.network,
    mounts: [
      ...plan.writable.map((m) => sourceMount(scope, volume, m.source, m.target, false)),
      ...plan.protected.map((m) => sourceMount(scope, protectedVolume, m.source, m.target, true)),
      wholeMount(volume, KEEP_NODE, true),
      wholeMount(protectedVolume, KEEP_PROTECTED, true),
    ],
  });
}

function expectedMounts(
  plan: MountPlan,
  volume: SourceVolume,
  protectedVolume: SourceVolume,
): ExpectedMount[] {
  const of = (from: SourceVolume, readOnly: boolean) => {
    return ({ source, target }: { readonly source: string | null; readonly target: string }) => ({
      target,
      readOnly,
      rootEnd: mountRootEnd(from, source),
    });
  };
  return [
    ...plan.writable.map(of(volume, false)),
    ...plan.protected.map(of(protectedVolume, true)),
    of(volume, true)({ source: null, target: KEEP_NODE }),
    of(protectedVolume, true)({ source: null, target: KEEP_PROTECTED }),
  ];
}
