import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import type { NodeId } from "../../core/tree/id.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { deviceRequests } from "../gpu/device-request.ts";
import { WORKSPACE } from "../sandbox.ts";
import type { EngineFiles } from "./engine-files.ts";
import { containerIdentity, type Phase } from "./label.ts";
import { MASKED_PATHS } from "./masked-path.ts";
import { USERS } from "./user.ts";

export interface ContainerSpec {
  readonly settings: DockerSettings;
  readonly phase: Phase;
  readonly node: NodeId | null;
  readonly image: string;
  readonly user: keyof typeof USERS | "root";
  readonly command: readonly string[];
  /** A cpuset such as `0-2`. A quota would make run times bimodal. */
  readonly cpus: string;
  readonly env?: readonly string[];
  readonly mounts?: readonly MountSettings[];
  /** Labels besides the container's own, for an image that is committed from it. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly network?: "none" | "open";
  /** The group to put the container's own into (`src/sandbox/cgroup/parent.ts`). */
  readonly cgroupParent?: string | null;
  readonly gpus?: readonly string[];
  /** The place among containers that are held at a time, from 0, of one with a `heldCommand`, which waits for a line on its input. */
  readonly heldAt?: number;
}

/**
 * Options of a container that may run agent code (docs/architecture.md, must 6): no capabilities, no new privileges, a list of system calls,
 * no network but a loopback, bounded memory, processes, files and logs, a sized tmpfs, an init that reaps. Root only runs the user's own
 * `setup`.
 */
export function containerOptions(spec: ContainerSpec, files: EngineFiles): ContainerCreateOptions {
  const { settings } = spec;
  const { name, labels } = containerIdentity(settings, spec.phase, spec.node);
  return {
    name,
    Image: spec.image,
    Hostname: "loopty",
    User: spec.user === "root" ? "0:0" : USERS[spec.user],
    WorkingDir: WORKSPACE,
    ...entrypointAndCommand(spec),
    Env: ["HOME=/tmp", "LANG=C.UTF-8", ...(spec.env ?? [])],
    Labels: { ...labels, ...spec.labels },
    Healthcheck: { Test: ["NONE"] },
    AttachStdout: true,
    AttachStderr: true,
    // The input ends with the stream of the one who attached, and so with the harness.
    ...(spec.heldAt !== undefined ? { AttachStdin: true, OpenStdin: true, StdinOnce: true } : {}),
    StopTimeout: 1,
    ...(hostsOf(spec, files) !== null ? { NetworkDisabled: true } : {}),
    HostConfig: hostConfig(spec, files),
  };
}

/** An image's own entrypoint would run before, or instead of, the command. Podman takes an empty one for none, and runs the image's. */
function entrypointAndCommand({ settings, command }: ContainerSpec) {
  return settings.engine.kind === "podman"
    ? { Entrypoint: command.slice(0, 1), Cmd: command.slice(1) }
    : { Entrypoint: [], Cmd: [...command] };
}

function isOpen({ network }: ContainerSpec): boolean {
  return network === "open";
}

function hostsOf(spec: ContainerSpec, files: EngineFiles): MountSettings | null {
  return isOpen(spec) ? null : files.hosts;
}

function hostConfig(spec: ContainerSpec, files: EngineFiles): HostConfig {
  const { limits } = spec.settings;
  const hosts = hostsOf(spec, files);
  const root = spec.user === "root";
  const tmpfs = `rw,exec,nosuid,nodev,mode=1777,size=${limits.tmpBytes}`;
  return {
    NetworkMode: isOpen(spec) ? "default" : "none",
    CapDrop: root ? [] : ["ALL"],
    // The profile is named, so that neither an engine's own profile nor an engine set to have none matters.
    SecurityOpt: ["no-new-privileges", ...(root ? [] : [`seccomp=${files.seccomp}`])],
    ...(root ? {} : { MaskedPaths: [...MASKED_PATHS] }),
    Privileged: false,
    IpcMode: "private",
    Init: true,
    AutoRemove: false,
    CpusetCpus: spec.cpus,
    ...(spec.cgroupParent ? { CgroupParent: spec.cgroupParent } : {}),
    Memory: limits.memoryBytes,
    // Equal to the memory limit, which means no swap. Swap would turn a limit into a slow benchmark.
    MemorySwap: limits.memoryBytes,
    PidsLimit: limits.pids,
    ShmSize: limits.shmBytes,
    Tmpfs: spec.phase === "setup" ? {} : { "/tmp": tmpfs, "/var/tmp": tmpfs },
    Ulimits: [
      { Name: "core", Soft: 0, Hard: 0 },
      { Name: "nofile", Soft: limits.files, Hard: limits.files },
      { Name: "fsize", Soft: limits.diskBytes, Hard: limits.diskBytes },
    ],
    // Output is read from the attached stream and capped there. The engine's host keeps none.
    LogConfig: { Type: "none", Config: {} },
    Mounts: [...(hosts === null ? [] : [hosts]), ...(spec.mounts ?? [])],
    ...(spec.gpus?.length ? { DeviceRequests: deviceRequests(spec.gpus) } : {}),
    ...(limits.runtime === null || root ? {} : { Runtime: limits.runtime }),
  };
}

/** A container of the harness that never runs. It is a way to the files of an image or of a volume. */
export function idleSpec(
  settings: DockerSettings,
  image: string,
  mounts: readonly MountSettings[] = [],
): ContainerSpec {
  const cpus = settings.agentCpus;
  const command = ["/bin/sh"];
  return { settings, phase: "helper", node: null, image, user: "helper", command, cpus, mounts };
}

/**
 * `sh -c command` that ends by itself: if the harness dies, the container ends at its deadline. `timeout` is in
 * coreutils and in busybox. The init is process 1, so everything else goes when `timeout` ends.
 */
export function boundedCommand(command: string, deadlineMs: number): string[] {
  return ["timeout", "-s", "KILL", String(Math.ceil(deadlineMs / 1000)), "/bin/sh", "-c", command];
}

/**
 * A command that waits for a line on its input, and then begins without any input. The container is up by then, so that
 * nothing of its start is in the way. Where the harness dies meanwhile, the input ends, and the container with it.
 */
export function heldCommand(command: readonly string[]): string[] {
  return ["/bin/sh", "-c", 'read -r line || exit 0\nexec "$@" </dev/null', "sh", ...command];
}

/** The command with both outputs on one stream. The engine carries two streams apart, and the order between them is lost. */
export function onOneStream(command: string): string {
  return `exec 2>&1\n${command}`;
}
