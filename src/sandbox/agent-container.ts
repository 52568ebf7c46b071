import type { Container } from "dockerode";
import type { AgentSession } from "../agent/session.ts";
import { EngineError } from "../core/error.ts";
import type { WorkspaceFile } from "../core/file.ts";
import type { NodeId } from "../core/id.ts";
import { type ArchiveReading, packArchive, readArchive } from "./archive.ts";
import { execute } from "./command.ts";
import { containerSession } from "./container-session.ts";
import { watchDisk } from "./disk.ts";
import { containerOptions } from "./hardening.ts";
import { removeContainer } from "./image.ts";
import type { MountPlan } from "./mount-plan.ts";
import { type ExpectedMount, mountProblems, readMountinfo } from "./mountinfo.ts";
import { nodeVolumeEntries } from "./node-volume.ts";
import { type Scope, WORKSPACE } from "./scope.ts";
import {
  createVolume,
  fillVolume,
  keepAliveMount,
  readVolume,
  removeVolume,
  type SourceVolume,
  sourceMount,
} from "./volume.ts";

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
  /** After this the container ends by itself, whatever became of the harness. */
  readonly deadlineMs: number;
}

/** The container an agent edits in. Disposing it removes it and its volume. */
export interface AgentContainer extends AsyncDisposable {
  readonly session: AgentSession;
  /** Aborts, with the reason as text, when the container crossed its disk limit. */
  readonly limit: AbortSignal;
  /** Ends the container for good, then reads the writable entries, unchecked. */
  readBack(): Promise<ArchiveReading>;
}

const READ_BACK_LIMITS = { entries: 20_000, bytes: 256 * 1024 * 1024 };
const KEEP_ALIVE = "/run/loopty";
const MOUNTINFO_LIMIT = { headBytes: 4 * 1024 * 1024, tailBytes: 0 };

/** Starts an agent's container. Throws `EngineError` when a mount is not exactly as asked. */
export async function openAgentContainer(
  scope: Scope,
  request: AgentContainerRequest,
): Promise<AgentContainer> {
  const suffix = crypto.randomUUID().slice(0, 8);
  const volume = await createVolume(scope, `loopty-node-${suffix}`, request.node);
  let container: Container | null = null;
  const stopWatching = new AbortController();
  const release = async () => {
    stopWatching.abort();
    if (container !== null) await removeContainer(container);
    container = null;
  };
  try {
    const entries = nodeVolumeEntries(request.plan, request.files);
    const archive = packArchive(entries, request.fileTime);
    await fillVolume(scope, volume, request.baseImage, archive);
    const opened = await scope.engine.docker.createContainer(
      containerOptions({
        scope,
        phase: "agent",
        node: request.node,
        image: request.image,
        user: "helper",
        command: ["sleep", String(Math.ceil(request.deadlineMs / 1000))],
        cpus: scope.cpus.agent,
        network: scope.network,
        mounts: [
          ...mounts(scope, request, volume),
          keepAliveMount(volume, `${KEEP_ALIVE}/node`),
          keepAliveMount(request.protectedVolume, `${KEEP_ALIVE}/protected`),
        ],
      }),
    );
    container = opened;
    await opened.start();
    await checkMounts(scope, opened, request.plan);
    return {
      session: containerSession(scope.engine, opened),
      limit: watchDisk(scope, opened, volume.name, stopWatching.signal),
      readBack: async () => {
        await release();
        return readVolume(scope, volume, request.baseImage, (stream) =>
          readArchive(stream, READ_BACK_LIMITS),
        );
      },
      [Symbol.asyncDispose]: async () => {
        await release();
        await removeVolume(scope, volume.name);
      },
    };
  } catch (error) {
    await release();
    await removeVolume(scope, volume.name);
    throw error;
  }
}

function mounts(scope: Scope, request: AgentContainerRequest, volume: SourceVolume) {
  const { plan, protectedVolume } = request;
  return [
    ...plan.writable.map((m) => sourceMount(scope, volume, m.source, m.target, false)),
    ...plan.protected.map((m) => sourceMount(scope, protectedVolume, m.source, m.target, true)),
  ];
}

async function checkMounts(scope: Scope, container: Container, plan: MountPlan): Promise<void> {
  const shown = await execute(scope.engine, container, {
    user: "helper",
    argv: ["cat", "/proc/self/mountinfo"],
    timeoutMs: 20_000,
    output: MOUNTINFO_LIMIT,
  });
  const expected: ExpectedMount[] = [
    ...plan.writable.map((m) => ({ ...m, readOnly: false, rootEnd: `/${m.source}` })),
    ...plan.protected.map((m) => ({ ...m, readOnly: true, rootEnd: `/${m.source}` })),
  ];
  const problems = mountProblems(readMountinfo(shown.stdout.toString("utf8")), expected, WORKSPACE);
  if (shown.exitCode !== 0 || problems.length > 0) {
    throw new EngineError(
      `the engine did not mount the workspace as asked: ${problems.slice(0, 5).join("; ")}`,
      { hint: "no agent code ran; see `loopty doctor`" },
    );
  }
}
