import type { Container } from "dockerode";
import { messageOf } from "../../core/error.ts";
import { ContainerCgroup } from "../cgroup/container.ts";
import { ResourceWatch } from "../cgroup/resource-watch.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { isNotFound } from "../engine/engine.ts";
import { gpusOf, kernelCacheVariables, putKernelCache } from "../gpu/kernel-cache.ts";
import type { JobResult, MeasuringJob, MetricsFile } from "../job.ts";
import { WORKSPACE } from "../sandbox.ts";
import { packedFile, packWorkspace, readArchive, stickyFolders } from "./archive.ts";
import { followFile } from "./follow.ts";
import { boundedCommand, onOneStream } from "./hardening.ts";
import { Output } from "./output.ts";
import { leadsElsewhere } from "./path-stat.ts";
import { pausableDeadlineMs } from "./pause.ts";
import { runToEnd } from "./process.ts";

const GRACE_MS = 30_000;
const LOG_LIMIT = { headBytes: 256 * 1024, tailBytes: 768 * 1024 };
const METRICS_BYTES = 64 * 1024 * 1024;
const STDOUT = "/dev/stdout";
const HIDDEN_TIME = new Date("2001-09-09T01:46:40Z");

/**
 * Runs a job in a container of its own. The command is the container's own process, so nothing survives it. `onMetrics`
 * gets the metrics as they are written. `stop` ends it and keeps what there is. Throws only for the engine's failures
 * and when aborted.
 */
export async function runJob(
  settings: DockerSettings,
  job: MeasuringJob,
  onMetrics: (chunk: Buffer) => void,
  signal: AbortSignal,
  stop?: AbortSignal,
): Promise<JobResult> {
  const printed = job.phase === "benchmark" && job.metricsFile === null;
  const file = job.phase === "benchmark" ? job.metricsFile : null;
  // Verify's rows go where its output goes, and so nowhere: its output is a log.
  const metricsPath = file === null ? STDOUT : `${WORKSPACE}/${file}`;
  const cpus = job.phase === "benchmark" ? job.cpus : settings.agentCpus;
  await using created = await ContainerCgroup.create({
    settings,
    phase: job.phase,
    node: job.node,
    image: job.imageId,
    user: "measure",
    command: boundedCommand(printed ? job.command : onOneStream(job.command), deadlineMs(job)),
    cpus,
    network: settings.network,
    env: [`LOOPTY_METRICS=${metricsPath}`, ...kernelCacheVariables(job.gpu)],
    gpus: gpusOf(job),
  });
  const { container, cgroup } = created;
  await putKernelCache(container, job.gpu);
  if (job.hidden.length > 0) {
    // Folders come first, so that a planted symlink is replaced, not followed.
    const folders = stickyFolders(job.hidden.map(({ path }) => path));
    const files = job.hidden.map((hidden) => packedFile(hidden));
    const archive = packWorkspace([...folders, ...files], HIDDEN_TIME);
    await container.putArchive(archive, { path: "/" });
  }
  const watch = new ResourceWatch(cgroup, cpus);
  const log = new Output(LOG_LIMIT);
  const stdout = new Output({ headBytes: METRICS_BYTES, tailBytes: 0 });
  const onOutput = (chunk: Buffer) => {
    log.push(chunk);
    settings.onOutput?.(chunk);
  };
  const end = await runToEnd(settings.engine, container, {
    timeoutMs: job.timeoutMs,
    diskBytes: settings.limits.diskBytes,
    onStdout: (chunk) => {
      onOutput(chunk);
      if (!printed) return;
      stdout.push(chunk);
      onMetrics(chunk);
    },
    onStderr: onOutput,
    beside: async (ended) => {
      watch.begin(ended);
      if (file !== null) await followFile(container, metricsPath, onMetrics, ended);
    },
    ranOutOfMemory: () => cgroup.ranOutOfMemory(),
    stop,
    signal,
  });
  const metrics =
    file === null ? printedMetrics(stdout) : await readMetrics(container, metricsPath);
  return { end, resources: watch.resources(), log: log.bytes(), metrics };
}

/** Verify is paused like a build where it shares the measuring cpus. */
function deadlineMs({ phase, timeoutMs }: MeasuringJob): number {
  return phase === "verify" ? pausableDeadlineMs(timeoutMs) : timeoutMs + GRACE_MS;
}

function printedMetrics(stdout: Output): MetricsFile {
  return stdout.droppedBytes === 0
    ? { kind: "file", content: stdout.bytes() }
    : { kind: "too_long", reason: `printed more than ${METRICS_BYTES} bytes` };
}

/** Reads the file from the stopped container. What it holds now is what counts. */
async function readMetrics(container: Container, path: string): Promise<MetricsFile> {
  const archive = await openMetrics(container, path);
  if (archive === null) return none("wrote no metrics file");
  // Podman sends what the link leads to.
  if (leadsElsewhere(archive)) return none("left a symlink as its metrics file");
  const reading = await readArchive(archive, { entries: 1, bytes: METRICS_BYTES });
  // A folder would come with its content.
  if (reading.kind === "refused") {
    return { kind: "too_long", reason: `left ${reading.reason} as its metrics file` };
  }
  const [entry] = reading.entries;
  if (entry === undefined) return none("wrote no metrics file");
  return entry.type === "file"
    ? { kind: "file", content: entry.content }
    : none(`left a ${entry.type} as its metrics file`);
}

// The engine reports a folder that the benchmark replaced by a file, or by a link to itself, as a failure of its own.
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
