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
import { runToEnd } from "../container/process.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { isConflict, isNotFound } from "../engine/engine.ts";
import { gpusOf, kernelCacheVariables, putKernelCache } from "../gpu/kernel-cache.ts";
import { processFailure } from "../process-end.ts";
import type { BuildOutcome, BuildRequest } from "../sandbox.ts";
import { WORKSPACE } from "../sandbox.ts";
import { type Change, checkBuildChanges, readChanges } from "./build-changes.ts";
import { commit, findImage } from "./image.ts";
import { outputDigest } from "./output-digest.ts";

/** What is known of a build that was not done now. */
const EARLIER = {
  kind: "built",
  outputs: [],
  outputDigest: null,
  log: Buffer.alloc(0),
  cached: true,
} as const;
/** Nobody stops a build. */
const VERDICTS = {
  failed: "build_failed",
  timeout: "timeout",
  out_of_memory: "out_of_memory",
  stopped: "build_failed",
} as const;
const LOG_LIMIT = { headBytes: 256 * 1024, tailBytes: 768 * 1024 };

/**
 * Builds a snapshot in a fresh container without hidden files. The build command is the container's own process. The
 * stopped container becomes the built image, which is measured and never a parent (docs/architecture.md, must 4).
 */
export async function build(
  settings: DockerSettings,
  request: BuildRequest,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const { command } = request;
  if (command === null) {
    const { snapshotId: imageId } = request;
    const discard = async () => {};
    return { ...EARLIER, imageId, discard };
  }
  const tag = builtTag(settings, request.node);
  const discard = () => forgetBuilt(settings, tag);
  const key = `${request.snapshotId} ${command}`;
  const known = await findImage(settings.engine, tag);
  if (!request.clean && known?.Config.Labels?.[LABEL.key] === key) {
    return { ...EARLIER, imageId: known.Id, discard };
  }
  await using created = await ContainerCgroup.create({
    settings,
    phase: "build",
    node: request.node,
    image: request.snapshotId,
    user: "measure",
    command: boundedCommand(onOneStream(command), pausableDeadlineMs(request.timeoutMs)),
    cpus: settings.agentCpus,
    network: settings.network,
    // Python would take its cache for a protected module's text, whoever wrote it last.
    env: ["PYTHONDONTWRITEBYTECODE=1", ...kernelCacheVariables(request.gpu)],
    gpus: gpusOf(request),
    labels: imageLabels(settings, "built", request.node, key),
  });
  const { container, cgroup } = created;
  await putKernelCache(container, request.gpu);
  const output = new Output(LOG_LIMIT);
  const onOutput = (chunk: Buffer) => {
    output.push(chunk);
    settings.onOutput?.(chunk);
  };
  const end = await runToEnd(settings.engine, container, {
    timeoutMs: request.timeoutMs,
    diskBytes: settings.limits.diskBytes,
    onStdout: onOutput,
    onStderr: onOutput,
    ranOutOfMemory: () => cgroup.ranOutOfMemory(),
    signal,
  });
  const log = output.bytes();
  const failure = processFailure("the build", end);
  if (failure !== null) {
    return { kind: "failed", verdict: VERDICTS[failure.kind], reason: failure.reason, log };
  }
  const refused = (reason: string) => {
    return { kind: "failed" as const, verdict: "policy_violation" as const, reason, log };
  };
  const changes = await changesOf(container);
  if (changes === null) return refused("it made a path that is too long to be listed");
  const check = checkBuildChanges(changes, request);
  if (check.kind === "violation") return refused(check.reason);
  const { outputs } = check;
  const link = await linkAbove(container, request.metricsFile, outputs);
  if (link !== null)
    return refused(`${printable(link, 200)} is above the metrics file, and a link`);
  const [image, digest] = await Promise.all([
    commit(settings, container, tag),
    outputDigest(container, outputs),
  ]);
  const made = { imageId: image.Id, outputs, outputDigest: digest };
  return { kind: "built", ...made, log, cached: false, discard };
}

/** An image that is gone already is fine. */
async function forgetBuilt({ engine }: DockerSettings, tag: string): Promise<void> {
  try {
    await engine.docker.getImage(tag).remove({ noprune: true });
  } catch (error) {
    // The image is in use where somebody looks into it. Its tag stays until it is built again.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

function builtTag(settings: DockerSettings, node: NodeId): string {
  return `${settings.repository}:${node}-built`;
}

/** Returns `null` where a path is longer than the kernel takes at once, which the engine reports as a failure of its own. */
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
    // The first entry is the thing itself. Whatever follows it is in a folder.
    const reading = await readArchive(archive, { entries: 1, bytes: 0 });
    if (reading.kind === "entries" && reading.entries[0]?.type !== "directory") return folder;
  }
  return null;
}
