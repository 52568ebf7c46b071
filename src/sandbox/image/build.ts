import type { Container } from "dockerode";
import { ancestorsOf } from "../../core/access/path.ts";
import { messageOf } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { ContainerCgroup } from "../cgroup/container.ts";
import { readArchive } from "../container/archive.ts";
import { boundedCommand, onOneStream } from "../container/hardening.ts";
import { imageLabels, LABEL } from "../container/label.ts";
import { Output } from "../container/output.ts";
import { pausableDeadlineMs } from "../container/pause.ts";
import { PRINTED_TOO_MUCH, type ProcessEnd, runToEnd } from "../container/process.ts";
import { isConflict, isNotFound } from "../engine/engine.ts";
import { type Scope, WORKSPACE } from "../scope.ts";
import { type Change, checkBuildChanges, readChanges } from "./build-changes.ts";
import { commit, findImage, removeContainer } from "./image.ts";

export interface BuildRequest {
  readonly node: NodeId;
  readonly snapshotId: string;
  /** `null`: there is nothing to build, the snapshot itself is measured. */
  readonly command: string | null;
  readonly timeoutMs: number;
  /** Files that stand in the snapshot's workspace: none may change. */
  readonly sources: ReadonlySet<string>;
  /** Whether a path is hidden, or is a folder above a hidden one that does not exist otherwise. */
  readonly isHidden: (path: string) => boolean;
  readonly isWritable: (path: string) => boolean;
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
      readonly log: Buffer;
      readonly cached: boolean;
    }
  | {
      readonly kind: "failed";
      readonly verdict: "build_failed" | "timeout" | "out_of_memory" | "policy_violation";
      readonly reason: string;
      readonly log: Buffer;
    };

const LOG_LIMIT = { headBytes: 256 * 1024, tailBytes: 768 * 1024 };

/**
 * Builds a snapshot in a fresh container without hidden files; the build command is the container's own process. The
 * stopped container becomes the built image, which is measured and never a parent (DESIGN must 4).
 */
export async function build(
  scope: Scope,
  request: BuildRequest,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const { command } = request;
  if (command === null) {
    const { snapshotId: imageId } = request;
    return { kind: "built", imageId, outputs: [], log: Buffer.alloc(0), cached: true };
  }
  const tag = builtTag(scope, request.node);
  const key = `${request.snapshotId} ${command}`;
  const known = await findImage(scope.engine, tag);
  if (!request.clean && known?.Config.Labels?.[LABEL.key] === key) {
    return { kind: "built", imageId: known.Id, outputs: [], log: Buffer.alloc(0), cached: true };
  }
  const { container, cgroup } = await ContainerCgroup.create({
    scope,
    phase: "build",
    node: request.node,
    image: request.snapshotId,
    user: "measure",
    command: boundedCommand(onOneStream(command), pausableDeadlineMs(request.timeoutMs)),
    cpus: scope.cpus.agent,
    network: scope.network,
    // Python would take its cache for a protected module's text, whoever wrote it last.
    env: ["PYTHONDONTWRITEBYTECODE=1"],
    labels: imageLabels(scope, "built", request.node, key),
  });
  await using _cgroup = cgroup;
  try {
    const output = new Output(LOG_LIMIT);
    const end = await runToEnd(scope.engine, container, {
      timeoutMs: request.timeoutMs,
      diskBytes: scope.limits.diskBytes,
      onStdout: (chunk) => output.push(chunk),
      onStderr: (chunk) => output.push(chunk),
      ranOutOfMemory: () => cgroup.ranOutOfMemory(),
      signal,
    });
    const log = output.bytes();
    const failure = buildFailure(end, request.timeoutMs);
    if (failure !== null) return { kind: "failed", ...failure, log };
    const refused = (reason: string) => {
      return { kind: "failed" as const, verdict: "policy_violation" as const, reason, log };
    };
    const changes = await changesOf(container);
    if (changes === null) return refused("it made a path that is too long to be listed");
    const check = checkBuildChanges(changes, request);
    if (check.kind === "violation") return refused(check.reason);
    const link = await linkAbove(container, request.metricsFile, check.outputs);
    if (link !== null)
      return refused(`${printable(link, 200)} is above the metrics file, and a link`);
    const image = await commit(scope, container, tag);
    return { kind: "built", imageId: image.Id, outputs: check.outputs, log, cached: false };
  } finally {
    await removeContainer(container);
  }
}

/** Verify refused what was built: nobody may take it for built before. One that is gone already is fine. */
export async function forgetBuilt(scope: Scope, node: NodeId): Promise<void> {
  try {
    await scope.engine.docker.getImage(builtTag(scope, node)).remove({ noprune: true });
  } catch (error) {
    // In use where somebody looks into it: its tag stays until it is built again.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

function builtTag(scope: Scope, node: NodeId): string {
  return `${scope.repository}:${node}-built`;
}

/** `null` where a path is longer than the kernel takes at once, which the engine tells as a failure of its own. */
async function changesOf(container: Container): Promise<readonly Change[] | null> {
  try {
    return readChanges(await container.changes());
  } catch (error) {
    if (/file name too long/i.test(messageOf(error))) return null;
    throw error;
  }
}

/** A link made above the metrics file would lead the benchmark to rows that the build left elsewhere. */
async function linkAbove(
  container: Container,
  metricsFile: string | null,
  outputs: readonly string[],
): Promise<string | null> {
  const made = ancestorsOf(metricsFile ?? "").filter((folder) => outputs.includes(folder));
  for (const folder of made) {
    const archive = await container.getArchive({ path: `${WORKSPACE}/${folder}` });
    // The first entry is the thing itself; whatever follows it is in a folder.
    const reading = await readArchive(archive, { entries: 1, bytes: 0 });
    if (reading.kind === "entries" && reading.entries[0]?.type !== "directory") return folder;
  }
  return null;
}

function buildFailure(end: ProcessEnd, timeoutMs: number) {
  switch (end.kind) {
    case "exited":
      return end.exitCode === 0
        ? null
        : { verdict: "build_failed" as const, reason: `the build exited with ${end.exitCode}` };
    case "timeout":
      return {
        verdict: "timeout" as const,
        reason: `the build took longer than ${timeoutMs / 1000} s`,
      };
    case "out_of_memory":
      return { verdict: "out_of_memory" as const, reason: "the build ran out of memory" };
    case "disk_limit":
      return {
        verdict: "build_failed" as const,
        reason: "the build wrote more than sandbox.disk allows",
      };
    case "output_limit":
      return { verdict: "build_failed" as const, reason: `the build ${PRINTED_TOO_MUCH}` };
    case "stopped":
      throw new Error("nobody stops a build");
  }
}
