import type { WorkspaceFile } from "../../../src/core/file.ts";
import { UNKNOWN_RESOURCES } from "../../../src/core/judging/resources.ts";
import type { HeldJob, JobResult, MeasuringJob } from "../../../src/sandbox/job.ts";
import type { SandboxSettings } from "../../../src/sandbox/machine.ts";
import type { ProcessEnd } from "../../../src/sandbox/process-end.ts";
import type {
  AgentContainer,
  Base,
  BuildOutcome,
  BuildRequest,
  EditRequest,
  Sandbox,
  SnapshotOutcome,
  SnapshotRequest,
} from "../../../src/sandbox/sandbox.ts";
import { FakeAgentContainer } from "./fake-agent-container.ts";
import { digestOf, type EngineStep, type FakeContainer, type FakeEngine } from "./fake-engine.ts";
import type { FakeStep, Texts } from "./fake-program.ts";

const NOTHING = Buffer.alloc(0);

/** A sandbox whose files are in memory and whose commands are a function of them. */
export class FakeSandbox implements Sandbox {
  readonly runtime = "fake";
  readonly agentCpus = "0";
  readonly gpus = [];
  readonly base: Base;
  readonly #engine: FakeEngine;
  readonly #settings: SandboxSettings;

  constructor(engine: FakeEngine, settings: SandboxSettings, base: Base) {
    this.#engine = engine;
    this.#settings = settings;
    this.base = base;
  }

  async edit(request: EditRequest): Promise<AgentContainer> {
    await this.#engine.step("edit");
    const readable = this.#engine.require(this.base.imageId).files;
    return new FakeAgentContainer(this.#engine, this.#container("edit"), readable, request);
  }

  async snapshot({ node, recorded, files }: SnapshotRequest): Promise<SnapshotOutcome> {
    await this.#engine.step("snapshot");
    const found = recorded === null ? null : this.#engine.find(recorded.tag);
    if (recorded !== null && found !== null && found.layers.at(-1) === recorded.layerDigest) {
      return { snapshot: { ...recorded, imageId: found.id }, was: "kept" };
    }
    const own = textsOf(await files());
    const { projectId, repository } = this.#settings;
    const base = this.#engine.require(this.base.imageId);
    const layerDigest = digestOf(own);
    const image = this.#engine.add({
      tag: `${repository}:${node}`,
      kind: "snapshot",
      projectId,
      node,
      layers: [...base.layers, layerDigest],
      key: base.id,
      files: { ...base.files, ...own },
    });
    const snapshot = { tag: image.tag, imageId: image.id, layerDigest, baseId: base.id };
    return { snapshot, was: recorded === null ? "new" : found === null ? "missing" : "changed" };
  }

  async build(request: BuildRequest, signal: AbortSignal): Promise<BuildOutcome> {
    const { node, snapshotId, command, timeoutMs, clean } = request;
    const tag = `${this.#settings.repository}:${node}-built`;
    const discard = async () => this.#engine.remove((image) => image.tag === tag);
    const earlier = { outputs: [], outputDigest: null, log: NOTHING, cached: true } as const;
    const built = { kind: "built", ...earlier, discard } as const;
    if (command === null) return { ...built, imageId: snapshotId };
    this.#engine.noteGpu("build", request.gpu);
    const snapshot = this.#engine.require(snapshotId);
    const key = `${snapshotId} ${command}`;
    const known = this.#engine.find(tag);
    if (!clean && known?.key === key) return { ...built, imageId: known.id };
    return this.#engine.within(this.#container("build"), async () => {
      const { outputs, outputDigest = null, ...step } = this.#engine.program.build(snapshot.files);
      const end = await this.#play(step, timeoutMs, signal);
      const log = Buffer.from(step.log);
      const failed = failureOf(end);
      if (failed !== null) return { kind: "failed", ...failed, log };
      await this.#engine.step("commit build");
      const { layers, files, projectId } = snapshot;
      const made = Object.fromEntries(outputs.map((path) => [path, "made"]));
      const image = this.#engine.add({
        tag,
        kind: "built",
        projectId,
        node,
        layers: [...layers, digestOf(outputs)],
        key,
        files: { ...files, ...made },
      });
      return { ...built, imageId: image.id, outputs, outputDigest, log, cached: false };
    });
  }

  async hold(jobs: readonly MeasuringJob[]): Promise<readonly HeldJob[]> {
    this.#engine.requireThere();
    return jobs.map((job) => {
      const container = this.#container(job.phase);
      this.#engine.containers.add(container);
      const play = (step: FakeStep, signal: AbortSignal) => this.#play(step, job.timeoutMs, signal);
      return new FakeHeldJob(this.#engine, job, container, play);
    });
  }

  async othersOn(gpu: string): Promise<string | null> {
    return this.#engine.othersOn(gpu);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #play(step: FakeStep, timeoutMs: number, signal: AbortSignal): Promise<ProcessEnd> {
    const { time } = this.#engine;
    const startedAt = time.now();
    const isLate = step.end === "hangs" || step.durationMs > timeoutMs;
    await time.sleep(isLate ? timeoutMs : step.durationMs, signal);
    this.#engine.requireThere();
    if (isLate) return { kind: "timeout", afterMs: timeoutMs };
    if (step.end === "hogs") return { kind: "out_of_memory" };
    const { end: exitCode, durationMs: wallMs } = step;
    if (typeof exitCode !== "number") throw new Error("what does not hang ends");
    return { kind: "exited", exitCode, startedAt, endedAt: time.now(), wallMs };
  }

  #container(step: EngineStep) {
    const { projectId, owner } = this.#settings;
    return { projectId, owner, step };
  }
}

class FakeHeldJob implements HeldJob {
  readonly #engine: FakeEngine;
  readonly #job: MeasuringJob;
  readonly #container: FakeContainer;
  readonly #play: (step: FakeStep, signal: AbortSignal) => Promise<ProcessEnd>;
  #result: JobResult | null = null;

  constructor(
    engine: FakeEngine,
    job: MeasuringJob,
    container: FakeContainer,
    play: (step: FakeStep, signal: AbortSignal) => Promise<ProcessEnd>,
  ) {
    this.#engine = engine;
    this.#job = job;
    this.#container = container;
    this.#play = play;
  }

  async release(
    onMetrics: (chunk: Buffer) => void,
    signal: AbortSignal,
    stop?: AbortSignal,
  ): Promise<ProcessEnd> {
    const { phase, imageId, hidden, gpu } = this.#job;
    const { program, random } = this.#engine;
    const seen = { ...this.#engine.require(imageId).files, ...textsOf(hidden) };
    this.#engine.noteGpu(phase, gpu);
    await this.#engine.step(phase);
    const step =
      phase === "verify" ? { ...program.verify(seen), rows: [] } : program.benchmark(seen, random);
    for (const row of step.rows) onMetrics(Buffer.from(row));
    const stops = AbortSignal.any([signal, ...(stop === undefined ? [] : [stop])]);
    const end = await this.#play(step, stops).catch((error: unknown) => {
      if (signal.aborted || stop?.aborted !== true) throw error;
      return { kind: "stopped" } as const;
    });
    const wallMs = end.kind === "exited" ? end.wallMs : step.durationMs;
    const pressureMs = step.waitedMs ?? 0;
    this.#result = {
      end,
      resources: { ...UNKNOWN_RESOURCES, cpuMs: wallMs - pressureMs, pressureMs },
      log: Buffer.from(step.log),
      metrics:
        step.rows.length === 0
          ? { kind: "none", reason: "wrote no metrics file" }
          : { kind: "file", content: Buffer.from(step.rows.join("")) },
    };
    return end;
  }

  async result(): Promise<JobResult> {
    this.#engine.requireThere();
    if (this.#result === null) throw new Error("a job that did not end has no result");
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nobody can ask a machine that is gone to remove anything.
    if (!this.#engine.isGone) this.#engine.containers.delete(this.#container);
  }
}

function textsOf(files: readonly WorkspaceFile[]): Texts {
  return Object.fromEntries(files.map(({ path, content }) => [path, content.toString("utf8")]));
}

function failureOf(end: ProcessEnd) {
  if (end.kind === "exited" && end.exitCode === 0) return null;
  const reason = end.kind === "exited" ? `the build exited with ${end.exitCode}` : end.kind;
  const verdict =
    end.kind === "timeout" || end.kind === "out_of_memory" ? end.kind : "build_failed";
  return { verdict, reason } as const;
}
