import type { Equipment } from "../agent/equipment.ts";
import type { AgentSession } from "../agent/session.ts";
import type { AccessPolicy } from "../core/access/policy.ts";
import type { WorkspaceFile } from "../core/file.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { Snapshot } from "../core/tree/node.ts";
import type { GpuFacts } from "./gpu/gpu-report.ts";
import type { JobHolder } from "./job.ts";

/** Where a node's files are in every container. */
export const WORKSPACE = "/workspace";

/** An agent's own folder, which the agents of its children find as it left it. No container that builds or measures has it. */
export const SCRATCH_FOLDER = "/loopty/notes";

/**
 * Where the experiments of one run happen, on one machine: agents edit in it, and what they leave is built and measured in it. Every step is a
 * container of its own. What fails for the change's own fault is an outcome. `EngineError` is the machine's fault, and an aborted
 * step throws the signal's reason. Disposing it removes what the steps shared.
 */
export interface Sandbox extends JobHolder, AsyncDisposable {
  readonly base: Base;
  /** The OCI runtime of all containers, such as `runc`: figures of two runtimes do not compare. */
  readonly runtime: string;
  /** The cpuset of agents, builds and verify. */
  readonly agentCpus: string;
  /** The GPUs that runs are measured on, for the record. */
  readonly gpus: readonly GpuFacts[];

  /** Starts an agent's container. Throws `EngineError` when a mount is not exactly as asked. */
  edit(request: EditRequest): Promise<AgentContainer>;

  /** Makes a node's image from its files, or finds the one that was made. */
  snapshot(request: SnapshotRequest): Promise<SnapshotOutcome>;

  /** Builds a snapshot without hidden files. The built image is measured, and is never a parent. */
  build(request: BuildRequest, signal: AbortSignal): Promise<BuildOutcome>;

  /** Who else computes on a GPU while no container of ours does, as a sentence; `null` for nobody, and where nobody can tell. */
  othersOn(gpu: string, signal: AbortSignal): Promise<string | null>;
}

/** The image every node of a run stands on: the machine, the protected files, what `setup` made, and no writable file. */
export interface Base {
  readonly tag: string;
  readonly imageId: string;
  readonly layers: readonly string[];
  /** Later than everything in the base: the one time of all writable files, so that `make` rebuilds. */
  readonly fileTime: Date;
  /** What the base holds in the workspace. */
  readonly tree: readonly TreeEntry[];
}

export interface TreeEntry {
  /** Relative to the workspace. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink";
}

export interface EditRequest {
  readonly node: NodeId;
  /** The parent's snapshot. */
  readonly imageId: string;
  /** What the writable entries hold at the start. */
  readonly files: readonly WorkspaceFile[];
  readonly rules: EditRules;
  /** Root's files outside of the workspace, for the agent to read. Paths are relative to `/`. */
  readonly notes: readonly NoteFile[];
  /** What is in the scratch folder at the start, with paths relative to it; `null` for an agent that has no such folder. */
  readonly scratch: readonly NoteFile[] | null;
  /** What the agent's own program needs at hand. */
  readonly equipment: Equipment;
  /** The container ends by itself some time after this, whatever becomes of the harness. */
  readonly timeoutMs: number;
}

/** What an agent may change, and what of it counts. */
export interface EditRules {
  readonly policy: AccessPolicy;
  readonly hiddenFiles: readonly string[];
  /** Whether git would ignore a path that no node has had yet. */
  readonly isIgnored: (path: string) => boolean;
  /** Paths that the baseline's build makes. */
  readonly buildOutputs: ReadonlySet<string>;
  /** The parent's writable files: these are kept even where git ignores them. */
  readonly parentPaths: ReadonlySet<string>;
}

export interface NoteFile {
  readonly path: string;
  readonly content: Buffer;
}

/** The container an agent edits in. Disposing it removes it and its volume. */
export interface AgentContainer extends AsyncDisposable {
  readonly session: AgentSession;
  /** How many mounts there are of each kind. */
  readonly mounts: { readonly readOnly: number; readonly writable: number };
  /** Aborts, with the reason as text, when the container crossed its disk limit. */
  readonly limit: AbortSignal;
  /** Aborts once the container has run so long from now on, pauses left out. */
  timeLimit(limitMs: number): AbortSignal;
  /** Ends what runs in it, then reads the plain files of the scratch folder; `null` where they are too much to keep. */
  readScratch(): Promise<readonly NoteFile[] | null>;
  /** Ends the container for good, then reads and checks the writable entries. */
  readBack(): Promise<ReadBack>;
}

export type ReadBack =
  | {
      readonly kind: "files";
      /** All writable files of the node, sorted. */
      readonly files: readonly WorkspaceFile[];
      /** Paths left out because git ignores them or the build makes them. */
      readonly dropped: readonly string[];
    }
  | { readonly kind: "violation"; readonly reason: string };

export interface SnapshotRequest {
  readonly node: NodeId;
  /** The image that was recorded for the node; `null` to make one. */
  readonly recorded: Snapshot | null;
  /** The node's writable files, asked for only where the image must be made. */
  readonly files: () => Promise<readonly WorkspaceFile[]>;
  /** What a plain `docker run` of the image's tag does. */
  readonly command: string;
}

export interface SnapshotOutcome {
  readonly snapshot: Snapshot;
  /** `kept`: the recorded image. Else it was made: for the first time, or because the recorded one is missing or another. */
  readonly was: "kept" | "new" | "missing" | "changed";
}

export interface BuildRequest {
  readonly node: NodeId;
  readonly snapshotId: string;
  /** `null`: there is nothing to build, the snapshot itself is measured. */
  readonly command: string | null;
  readonly timeoutMs: number;
  /** The GPU that it may use, as loopty.yaml names it. */
  readonly gpu?: string | undefined;
  /** Files that stand in the snapshot's workspace: none may change. */
  readonly sources: ReadonlySet<string>;
  /** Whether a path is hidden, or is a folder above a hidden one that does not exist otherwise. */
  readonly isHidden: (path: string) => boolean;
  readonly isWritable: (path: string) => boolean;
  /** Of which no build may make objects. */
  readonly hiddenFiles: readonly string[];
  /** Relative to the workspace; `null` when metrics come by stdout. */
  readonly metricsFile: string | null;
  /** Paths that the baseline's build made; `null` for the baseline. */
  readonly baselineOutputs: readonly string[] | null;
  /** Builds again even where a built image is there. */
  readonly clean: boolean;
}

export type BuildOutcome =
  | {
      readonly kind: "built";
      readonly imageId: string;
      /** Paths below the workspace that the build made; empty when the image was there already. */
      readonly outputs: readonly string[];
      /** Of what it made, build ids and times left out; `null` where that is nothing, too much, or was made earlier. */
      readonly outputDigest: string | null;
      readonly log: Buffer;
      /** Whether an earlier build made the image. */
      readonly cached: boolean;
      /** Verify refused what was built: from now on it counts as not built. */
      readonly discard: () => Promise<void>;
    }
  | {
      readonly kind: "failed";
      readonly verdict: "build_failed" | "timeout" | "out_of_memory" | "policy_violation";
      readonly reason: string;
      readonly log: Buffer;
    };
