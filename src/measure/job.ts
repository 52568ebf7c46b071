import type { Container } from "dockerode";
import { messageOf } from "../core/error.ts";
import type { Resources } from "../core/judging/resources.ts";
import type { NodeId } from "../core/tree/id.ts";
import { ContainerCgroup } from "../sandbox/cgroup/container.ts";
import {
  type PackedEntry,
  packWorkspace,
  readArchive,
  stickyFolders,
} from "../sandbox/container/archive.ts";
import { followFile } from "../sandbox/container/follow.ts";
import { boundedCommand, onOneStream } from "../sandbox/container/hardening.ts";
import { Output } from "../sandbox/container/output.ts";
import { pausableDeadlineMs } from "../sandbox/container/pause.ts";
import { type ProcessEnd, runToEnd } from "../sandbox/container/process.ts";
import { isNotFound } from "../sandbox/engine/engine.ts";
import { removeContainer } from "../sandbox/image/image.ts";
import { type Scope, WORKSPACE } from "../sandbox/scope.ts";
import { ResourceWatch } from "./resources.ts";

/** One run of verify or of the benchmark: all that an engine needs to do it, and nothing of the harness (DESIGN must 10). */
export interface MeasuringJob {
  readonly phase: "verify" | "benchmark";
  readonly node: NodeId;
  /** A built image. */
  readonly imageId: string;
  readonly command: string;
  /** Put in before the start, and in no image: explicit folders first, so that a planted symlink is replaced, not followed. */
  readonly hidden: readonly PackedEntry[];
  readonly timeoutMs: number;
  /** Relative to the workspace; `null`: rows come by stdout. */
  readonly metricsFile: string | null;
}

export interface JobResult {
  readonly end: ProcessEnd;
  readonly resources: Resources;
  readonly log: Buffer;
  readonly metrics: MetricsFile;
}

/** What was written as metrics, whole, or why there is none. */
export type MetricsFile =
  | { readonly kind: "file"; readonly content: Buffer }
  | { readonly kind: "too_long" | "none"; readonly reason: string };

const GRACE_MS = 30_000;
const LOG_LIMIT = { headBytes: 256 * 1024, tailBytes: 768 * 1024 };
const METRICS_BYTES = 64 * 1024 * 1024;
const HIDDEN_TIME = new Date("2001-09-09T01:46:40Z");

/**
 * Runs a job in a container of its own; the command is the container's own process, so that nothing survives it. `onMetrics`
 * gets the metrics as they are written. `stop` ends it and keeps what there is. Throws only for the engine's failures and when aborted.
 */
export async function runJob(
  scope: Scope,
  job: MeasuringJob,
  onMetrics: (chunk: Buffer) => void,
  signal: AbortSignal,
  stop?: AbortSignal,
): Promise<JobResult> {
  const printed = job.phase === "benchmark" && job.metricsFile === null;
  const command = printed ? job.command : onOneStream(job.command);
  // A verify is paused like a build where it shares the measuring cpus.
  const verifies = job.phase === "verify";
  const cpus = verifies ? scope.cpus.agent : scope.cpus.measure;
  const deadlineMs = verifies ? pausableDeadlineMs(job.timeoutMs) : job.timeoutMs + GRACE_MS;
  const { container, cgroup } = await ContainerCgroup.create({
    scope,
    phase: job.phase,
    node: job.node,
    image: job.imageId,
    user: "measure",
    command: boundedCommand(command, deadlineMs),
    cpus,
    network: scope.network,
    env: [`LOOPTY_METRICS=${metricsTarget(job)}`],
  });
  await using _cgroup = cgroup;
  try {
    if (job.hidden.length > 0) {
      const folders = stickyFolders(job.hidden.map((entry) => entry.path));
      const archive = packWorkspace([...folders, ...job.hidden], HIDDEN_TIME);
      await container.putArchive(archive, { path: "/" });
    }
    const watch = new ResourceWatch(cgroup, cpus);
    const log = new Output(LOG_LIMIT);
    const stdout = new Output({ headBytes: METRICS_BYTES, tailBytes: 0 });
    const end = await runToEnd(scope.engine, container, {
      timeoutMs: job.timeoutMs,
      diskBytes: scope.limits.diskBytes,
      onStdout: (chunk) => {
        log.push(chunk);
        if (!printed) return;
        stdout.push(chunk);
        onMetrics(chunk);
      },
      onStderr: (chunk) => log.push(chunk),
      beside: async (ended) => {
        watch.begin(ended);
        if (job.phase !== "benchmark" || job.metricsFile === null) return;
        await followFile(container, metricsTarget(job), onMetrics, ended);
      },
      ranOutOfMemory: () => cgroup.ranOutOfMemory(),
      stop,
      signal,
    });
    const metrics =
      job.metricsFile === null
        ? printedMetrics(stdout)
        : await readMetrics(container, metricsTarget(job));
    return { end, resources: watch.resources(), log: log.bytes(), metrics };
  } finally {
    await removeContainer(container);
  }
}

// Verify's rows go where its output goes, and so nowhere: what it prints is a log.
function metricsTarget(job: MeasuringJob): string {
  return job.metricsFile === null ? "/dev/stdout" : `${WORKSPACE}/${job.metricsFile}`;
}

function printedMetrics(stdout: Output): MetricsFile {
  return stdout.droppedBytes === 0
    ? { kind: "file", content: stdout.bytes() }
    : { kind: "too_long", reason: `printed more than ${METRICS_BYTES} bytes` };
}

/** From the stopped container: what the file holds now is what counts. */
async function readMetrics(container: Container, path: string): Promise<MetricsFile> {
  const archive = await openMetrics(container, path);
  if (archive === null) return none("wrote no metrics file");
  const reading = await readArchive(archive, { entries: 1, bytes: METRICS_BYTES });
  // A folder comes with what is in it.
  if (reading.kind === "refused") {
    return { kind: "too_long", reason: `left ${reading.reason} as its metrics file` };
  }
  const [entry] = reading.entries;
  if (entry === undefined) return none("wrote no metrics file");
  return entry.type === "file"
    ? { kind: "file", content: entry.content }
    : none(`left a ${entry.type} as its metrics file`);
}

// What the engine says, as a failure of its own, of a folder that the benchmark replaced by a file or by a link to itself.
const NO_SUCH_FOLDER = /not a directory|too many (links|levels of symbolic links)/;

async function openMetrics(container: Container, path: string) {
  try {
    return await container.getArchive({ path });
  } catch (error) {
    if (isNotFound(error) || NO_SUCH_FOLDER.test(messageOf(error))) return null;
    throw error;
  }
}

function none(reason: string): MetricsFile {
  return { kind: "none", reason };
}
