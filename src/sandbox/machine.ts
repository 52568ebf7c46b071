import type { HostFile } from "../config/workspace/host-file.ts";
import type { EngineError } from "../core/error.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { Base, Sandbox } from "./sandbox.ts";

/** A container engine, as a run sees it before and beside its sandbox. */
export interface Machine {
  readonly facts: MachineFacts;

  /**
   * Opens a run's sandbox on the base that was recorded, on one made before from the very same inputs, or on a new one.
   * Throws `UserError` when the sandbox's image or `setup` fails.
   */
  open(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox>;

  /** Removes containers, volumes and images of one project that are left over, as no process needs them any more. */
  sweep(request: SweepRequest): Promise<void>;

  /** Pauses agents, builds and verifies that work on some cpus, until disposed. Then they get as much time as they were held up. */
  pauseOthers(request: PauseRequest, cpus: string, signal: AbortSignal): Promise<AsyncDisposable>;

  /** Unpauses containers that nobody measures for any more. */
  unpauseAbandoned(request: PauseRequest): Promise<void>;

  /** The machine's own failure in what a step threw; `null` where something else failed. */
  failureOf(error: unknown): EngineError | null;

  /** Resolves when it answers. Throws `EngineError` when it does not, or the signal's reason. */
  answer(signal: AbortSignal): Promise<void>;

  /** An image that it has, with all of its layers, for another machine to load. */
  save(tag: string): Promise<NodeJS.ReadableStream>;

  /** Looks at it from inside of a container of a base that was opened there. */
  look(request: SandboxRequest, base: Base, signal: AbortSignal): Promise<MachineLook>;
}

/** What only a look from inside shows. */
export interface MachineLook {
  readonly cpuModel: string;
  /** Below 0 where its clock is behind; `null` where it shows none. */
  readonly clockAheadMs: number | null;
}

export interface MachineFacts {
  readonly cpuCount: number;
  /** The facts that are recorded with a run: versions, kernel, cpu model. */
  readonly recorded: Readonly<Record<string, unknown>>;
}

/** What all containers, volumes and images of one run have in common. */
export interface SandboxSettings {
  readonly projectId: string;
  /** `loopty/<name>` */
  readonly repository: string;
  readonly run: number;
  /** The harness process (pid, boot id, start time). It identifies what the process leaves behind. */
  readonly owner: string;
  readonly limits: Limits;
  /** The cpuset of agents, builds and verify. */
  readonly agentCpus: string;
  readonly network: "none" | "open";
  /** The GPUs that are measured on, one a slot, as loopty.yaml names them. */
  readonly gpus: readonly string[];
  /** The GPUs of agents. */
  readonly agentGpus: readonly string[];
  /** Hears what setup, builds, verify and the benchmark print while they do, only to show that they work. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

/** Limits of every container that may run agent code. */
export interface Limits {
  readonly memoryBytes: number;
  readonly pids: number;
  readonly diskBytes: number;
  /** Of /dev/shm. */
  readonly shmBytes: number;
  /** Of /tmp, and of /var/tmp. */
  readonly tmpBytes: number;
  /** Open files of one process. */
  readonly files: number;
  /** OCI runtime such as `runsc`; the engine's default when `null`. */
  readonly runtime: string | null;
}

export interface SandboxRequest {
  readonly settings: SandboxSettings;
  readonly image: SandboxSource;
  /** A file of certificates (PEM) that image builds trust beside the public ones; `null` for none. */
  readonly ca: string | null;
  readonly workspace: BaseWorkspace;
  readonly setup: SetupCommand | null;
  /** The base of a run that is opened again. A base that is lost is made again, and may come out with other layers. */
  readonly recorded: RecordedBase | null;
  /** Brings the recorded base from a machine that has it, where this one lacks it: then it is never made again. */
  readonly carry?: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>;
}

/** The image that the experiments start from. */
export type SandboxSource =
  | { readonly kind: "packaged" }
  | { readonly kind: "dockerfile"; readonly path: string }
  | { readonly kind: "image"; readonly ref: string };

/** The workspace without its hidden files. */
export interface BaseWorkspace {
  readonly root: string;
  /** Readable files, which are in the base for good. */
  readonly protectedFiles: readonly HostFile[];
  /** Symlinks, which are in the base for good. */
  readonly links: readonly HostLink[];
  /** Writable files, which only `setup` sees. */
  readonly writableFiles: readonly HostFile[];
  /** Writable folders that the workspace lacks, created empty. */
  readonly emptyFolders: readonly string[];
}

/** A symlink of the workspace that leads to something else in it, by a path from its own folder. */
interface HostLink {
  readonly path: string;
  readonly target: string;
}

/** A command that runs once, as root, with network, before any agent code exists. */
export interface SetupCommand {
  readonly command: string;
  readonly timeoutMs: number;
  /** A file of certificates (PEM) that it trusts beside the public ones; `null` for none. */
  readonly ca: string | null;
}

/** The record of a base, by which it is recognised. */
export type RecordedBase = Omit<Base, "tree">;

export interface SweepRequest {
  readonly projectId: string;
  /** Whether the owner of a container or volume still runs. */
  readonly isAlive: (owner: string) => boolean;
  /** Nodes that have no image by the index. A process that was killed before it recorded their images made them. */
  readonly withoutImage: ReadonlySet<NodeId>;
}

export interface PauseRequest {
  /** Whether the containers of such an owner are ours to pause, or to unpause. */
  readonly isOurs: (owner: string) => boolean;
  /** The cpus for which others keep containers paused just now. */
  readonly quietCpus: () => Promise<readonly string[]>;
}
