import type { Container } from "dockerode";
import { PACKAGES_FOLDER } from "../../agent/equipment.ts";
import { foldersAbove } from "../../core/access/path.ts";
import {
  type ArchiveReading,
  type PackedEntry,
  packArchive,
  readArchive,
} from "../container/archive.ts";
import { createContainer, removeContainer } from "../container/container.ts";
import { watchDisk } from "../container/disk-watch.ts";
import type { ContainerSpec } from "../container/hardening.ts";
import { type WatchedTime, watchRunningTime } from "../container/running-time.ts";
import { waitForEnd } from "../container/settle.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { type AgentContainer, type EditRequest, SCRATCH_FOLDER } from "../sandbox.ts";
import { containerSession } from "./container-session.ts";
import { startWithMounts, waitingCommand } from "./mount-check.ts";
import type { MountPlan } from "./mount-plan.ts";
import type { ExpectedMount } from "./mountinfo.ts";
import { nodeVolumeEntries } from "./node-volume.ts";
import { validateReadBack } from "./read-back.ts";
import { readScratch, scratchEntries } from "./scratch.ts";
import {
  createVolume,
  openVolume,
  removeVolume,
  type SourceVolume,
  type VolumeHelper,
} from "./volume.ts";
import { mountRootEnd, sourceMount, wholeMount } from "./volume-mount.ts";

/** An agent's container with its mounts planned. */
export interface AgentContainerRequest extends Omit<EditRequest, "timeoutMs" | "packages"> {
  /** The container ends by itself after this, whatever happened to the harness. */
  readonly deadlineMs: number;
  /** A trusted image for helpers that never run. */
  readonly baseImage: string;
  readonly fileTime: Date;
  readonly plan: MountPlan;
  readonly protectedVolume: SourceVolume;
  /** `null` where the agent has none. */
  readonly packageVolume: SourceVolume | null;
}

/** Limits of one node's writable files. */
export const READ_BACK_LIMITS = { entries: 20_000, bytes: 256 * 1024 * 1024 };
// Volumes whose sources are only bound by path could be removed under the running container.
const KEEP_NODE = "/run/loopty/node";
const KEEP_PROTECTED = "/run/loopty/protected";

/** An agent's container whose volume can also be read unchecked. */
export interface OpenedContainer extends AgentContainer {
  /** Ends the container for good, then reads the writable entries. */
  readEntries(): Promise<ArchiveReading>;
}

/** Starts an agent's container. Throws `EngineError` when a mount is not exactly as asked. */
export async function openAgentContainer(
  settings: DockerSettings,
  request: AgentContainerRequest,
): Promise<OpenedContainer> {
  const { plan } = request;
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
    await removeVolume(settings, name);
  };
  try {
    const volume = await createVolume(settings, name, request.node);
    const opened = await openVolume(settings, volume, request.baseImage);
    helper = opened;
    await opened.put(packArchive(nodeVolumeEntries(plan, request.files), request.fileTime));
    const { container: started } = await createContainer(specOf(settings, request, volume));
    container = started;
    const notes = noteEntries(request);
    // The engine takes as long to take in nothing as to take in a file.
    if (notes.length > 0) {
      await started.putArchive(packArchive(notes, request.fileTime), { path: "/" });
    }
    running = await watchRunningTime(settings.engine, started.id);
    const { time } = running;
    const start = () => startWithMounts(started, time, expectedMounts(request, volume));
    await start();
    const stop = async () => {
      // It may have ended by itself meanwhile.
      await started.kill().catch(() => {});
      await waitForEnd(settings.engine, started);
    };
    const restart = async () => {
      await stop();
      await start();
    };
    const readEntries = async () => {
      await end();
      return readArchive(await opened.get(), READ_BACK_LIMITS);
    };
    return {
      session: containerSession({ container: started, time, restart }),
      mounts: { readOnly: plan.protected.length, writable: plan.writable.length },
      limit: watchDisk(settings, started, volume, request.baseImage, stopWatching.signal),
      timeLimit: (limitMs) => {
        const over = new AbortController();
        const callOff = time.after(limitMs, () => over.abort());
        stopWatching.signal.addEventListener("abort", callOff, { once: true });
        return over.signal;
      },
      readScratch: async () => {
        await stop();
        return readScratch(started);
      },
      readEntries,
      readBack: async () => {
        const archive = await readEntries();
        return archive.kind === "refused"
          ? { kind: "violation", reason: `it left ${archive.reason}` }
          : validateReadBack(archive.entries, { ...request.rules, plan });
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The files are root's, and so are the folders above them; the scratch folder is the agent's. */
function noteEntries({ notes, equipment, scratch }: AgentContainerRequest): PackedEntry[] {
  const own = [...notes.map((note) => ({ ...note, mode: 0o444 })), ...equipment.files];
  const kept = scratch === null ? [] : scratchEntries(scratch);
  const folders = foldersAbove([
    ...own.map(({ path }) => path),
    ...(scratch === null ? [] : [SCRATCH_FOLDER.slice(1)]),
  ]);
  return [
    ...folders.map((path) => ({ path, content: "folder" as const, mode: 0o755, uid: 0 })),
    ...own.map((file) => ({ ...file, uid: 0 })),
    ...kept,
  ];
}

function specOf(
  settings: DockerSettings,
  request: AgentContainerRequest,
  volume: SourceVolume,
): ContainerSpec {
  const { plan, protectedVolume, packageVolume } = request;
  return {
    settings,
    phase: "agent",
    node: request.node,
    image: request.imageId,
    user: "helper",
    command: waitingCommand(request.deadlineMs),
    cpus: settings.agentCpus,
    network: settings.network,
    gpus: settings.agentGpus,
    mounts: [
      ...plan.writable.map((m) => sourceMount(settings, volume, m.source, m.target, false)),
      ...plan.protected.map((m) =>
        sourceMount(settings, protectedVolume, m.source, m.target, true),
      ),
      wholeMount(volume, KEEP_NODE, true),
      wholeMount(protectedVolume, KEEP_PROTECTED, true),
      ...(packageVolume === null ? [] : [wholeMount(packageVolume, PACKAGES_FOLDER, true)]),
    ],
  };
}

function expectedMounts(
  { plan, protectedVolume, packageVolume }: AgentContainerRequest,
  volume: SourceVolume,
): ExpectedMount[] {
  const whole = (from: SourceVolume, target: string) => of(from, true)({ source: null, target });
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
    whole(volume, KEEP_NODE),
    whole(protectedVolume, KEEP_PROTECTED),
    ...(packageVolume === null ? [] : [whole(packageVolume, PACKAGES_FOLDER)]),
  ];
}
