import type { Container } from "dockerode";
import { messageOf } from "../../core/error.ts";
import { ContainerCgroup, type CountedContainer } from "../cgroup/container.ts";
import { ResourceWatch } from "../cgroup/resource-watch.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { isNotFound } from "../engine/engine.ts";
import { gpusOf, kernelCacheVariables, putKernelCache } from "../gpu/kernel-cache.ts";
import type { HeldJob, JobResult, MeasuringJob, MetricsFile } from "../job.ts";
import type { ProcessEnd } from "../process-end.ts";
import { WORKSPACE } from "../sandbox.ts";
import { packedFile, packWorkspace, readArchive, stickyFolders } from "./archive.ts";
import { followFile } from "./follow.ts";
import { boundedCommand, heldCommand, onOneStream } from "./hardening.ts";
import { Output } from "./output.ts";
import { pausableDeadlineMs } from "./pause.ts";
import { StartedProcess } from "./process.ts";

const GRACE_MS = 30_000;
const LOG_LIMIT = { headBytes: 256 * 1024, tailBytes: 768 * 1024 };
const METRICS_BYTES = 64 * 1024 * 1024;
const STDOUT = "/dev/stdout";
const HIDDEN_TIME = new Date("2001-09-09T01:46:40Z");

/**
 * Starts the containers of jobs that take turns, each held until it is released. The command is then the container's own
 * process, so nothing survives it. Throws only for the engine's failures and when aborted, with no container left.
 */
export async function holdJobs(
  settings: DockerSettings,
  jobs: readonly MeasuringJob[],
  signal: AbortSignal,
): Promise<readonly HeldJob[]> {
  const held = await Promise.allSettled(
    jobs.map((job, heldAt) => HeldContainer.start(settings, job, heldAt, signal)),
  );
  const failed = held.find((each) => each.status === "rejected");
  const started = held.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  if (failed === undefined) return started;
  await Promise.all(started.map((each) => each[Symbol.asyncDispose]()));
  throw failed.reason;
}

/** The container of one job. */
class HeldContainer implements HeldJob {
  readonly #settings: DockerSettings;
  readonly #job: MeasuringJob;
  readonly #created: CountedContainer;
  readonly #process: StartedProcess;
  readonly #watch: ResourceWatch;
  readonly #log = new Output(LOG_LIMIT);
  readonly #stdout = new Output({ headBytes: METRICS_BYTES, tailBytes: 0 });
  #end: ProcessEnd | null = null;

  private constructor(
    settings: DockerSettings,
    job: MeasuringJob,
    created: CountedContainer,
    process: StartedProcess,
  ) {
    this.#settings = settings;
    this.#job = job;
    this.#created = created;
    this.#process = process;
    this.#watch = new ResourceWatch(created.cgroup, cpusetOf(settings, job));
  }

  static async start(
    settings: DockerSettings,
    job: MeasuringJob,
    heldAt: number,
    signal: AbortSignal,
  ): Promise<HeldContainer> {
    const created = await ContainerCgroup.create({
      settings,
      phase: job.phase,
      node: job.node,
      image: job.imageId,
      user: "measure",
      command: heldCommand(boundedCommand(commandOf(job), deadlineMs(job))),
      heldAt,
      cpus: cpusetOf(settings, job),
      network: settings.network,
      env: [`LOOPTY_METRICS=${metricsPath(job) ?? STDOUT}`, ...kernelCacheVariables(job.gpu)],
      gpus: gpusOf(job),
    });
    try {
      const { container } = created;
      await putKernelCache(container, job.gpu);
      await putHidden(container, job.hidden);
      const process = await StartedProcess.start(settings.engine, container, "held", signal);
      return new HeldContainer(settings, job, created, process);
    } catch (error) {
      await created[Symbol.asyncDispose]();
      throw error;
    }
  }

  async release(
    onMetrics: (chunk: Buffer) => void,
    signal: AbortSignal,
    stop?: AbortSignal,
  ): Promise<ProcessEnd> {
    const { container, cgroup } = this.#created;
    const path = metricsPath(this.#job);
    const onOutput = (chunk: Buffer) => {
      this.#log.push(chunk);
      this.#settings.onOutput?.(chunk);
    };
    cgroup.beginAnew();
    this.#end = await this.#process.release({
      timeoutMs: this.#job.timeoutMs,
      diskBytes: this.#settings.limits.diskBytes,
      onStdout: (chunk) => {
        onOutput(chunk);
        if (!isPrinted(this.#job)) return;
        this.#stdout.push(chunk);
        onMetrics(chunk);
      },
      onStderr: onOutput,
      beside: async (ended) => {
        this.#watch.begin(ended);
        if (path !== null) await followFile(container, path, onMetrics, ended);
      },
      ranOutOfMemory: () => cgroup.ranOutOfMemory(),
      stop,
      signal,
    });
    return this.#end;
  }

  async result(): Promise<JobResult> {
    const end = this.#end;
    if (end === null) throw new Error("a job that is held has no result");
    const path = metricsPath(this.#job);
    const metrics =
      path === null
        ? printedMetrics(this.#stdout)
        : await readMetrics(this.#created.container, path);
    return { end, resources: this.#watch.resources(), log: this.#log.bytes(), metrics };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process[Symbol.dispose]();
    await this.#created[Symbol.asyncDispose]();
  }
}

function cpusetOf(settings: DockerSettings, job: MeasuringJob): string {
  return job.phase === "benchmark" ? job.cpus : settings.agentCpus;
}

/** Whether its rows are what it prints. */
function isPrinted(job: MeasuringJob): boolean {
  return job.phase === "benchmark" && job.metricsFile === null;
}

/** `null` without a file. Verify's rows go where its output goes, and so nowhere: its output is a log. */
function metricsPath(job: MeasuringJob): string | null {
  const file = job.phase === "benchmark" ? job.metricsFile : null;
  return file === null ? null : `${WORKSPACE}/${file}`;
}

function commandOf(job: MeasuringJob): string {
  return isPrinted(job) ? job.command : onOneStream(job.command);
}

/** Folders come first, so that a planted symlink is replaced, not followed. */
async function putHidden(container: Container, hidden: MeasuringJob["hidden"]): Promise<void> {
  if (hidden.length === 0) return;
  const folders = stickyFolders(hidden.map(({ path }) => path));
  const archive = packWorkspace([...folders, ...hidden.map(packedFile)], HIDDEN_TIME);
  await container.putArchive(archive, { path: "/" });
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
