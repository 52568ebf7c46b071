import type { AgentPackages } from "../agent/equipment.ts";
import { holdJobs } from "./container/job.ts";
import { pausableDeadlineMs } from "./container/pause.ts";
import { type DockerSettings, runtimeOf } from "./docker-settings.ts";
import { openAgentContainer } from "./editing/agent-container.ts";
import { planMounts } from "./editing/mount-plan.ts";
import { ProtectedVolume } from "./editing/protected-volume.ts";
import type { SourceVolume } from "./editing/volume-mount.ts";
import { lookAtGpu } from "./gpu/gpu-probe.ts";
import { type GpuFacts, type GpuReport, othersOn } from "./gpu/gpu-report.ts";
import { build } from "./image/build.ts";
import { findSnapshot, makeSnapshot } from "./image/snapshot.ts";
import type { HeldJob, MeasuringJob } from "./job.ts";
import { packageVolume } from "./packages/package-volume.ts";
import type {
  AgentContainer,
  Base,
  BuildOutcome,
  BuildRequest,
  EditRequest,
  Sandbox,
  SnapshotOutcome,
  SnapshotRequest,
} from "./sandbox.ts";

/** A sandbox of containers, volumes and images of a Docker engine. */
export class DockerSandbox implements Sandbox {
  readonly base: Base;
  readonly gpus: readonly GpuFacts[];
  readonly runtime: string;
  readonly agentCpus: string;
  readonly #settings: DockerSettings;
  readonly #protectedVolume: ProtectedVolume;
  readonly #idle: readonly GpuReport[];
  #packages: Promise<SourceVolume> | null = null;

  /** @param gpus as they are while nobody uses them: the settings' own, in their order */
  constructor(settings: DockerSettings, base: Base, gpus: readonly GpuReport[] = []) {
    this.#settings = settings;
    this.base = base;
    this.#idle = gpus;
    this.gpus = gpus.map(({ facts }) => facts);
    this.runtime = runtimeOf(settings);
    this.agentCpus = settings.agentCpus;
    this.#protectedVolume = new ProtectedVolume(settings, base);
  }

  async edit(request: EditRequest): Promise<AgentContainer> {
    const { base } = this;
    const { packages } = request.equipment;
    const plan = planMounts({
      policy: request.rules.policy,
      protectedFiles: base.tree.filter(({ kind }) => kind === "file").map(({ path }) => path),
      hiddenFiles: request.rules.hiddenFiles,
      buildOutputs: [...request.rules.buildOutputs],
      writableFiles: request.files.map(({ path }) => path),
    });
    return openAgentContainer(this.#settings, {
      ...request,
      plan,
      baseImage: base.imageId,
      fileTime: base.fileTime,
      deadlineMs: pausableDeadlineMs(request.timeoutMs),
      protectedVolume: await this.#protectedVolume.filled(plan),
      packageVolume: packages && (await this.#packageVolume(packages)),
    });
  }

  async snapshot({ node, recorded, files, command }: SnapshotRequest): Promise<SnapshotOutcome> {
    const found = recorded && (await findSnapshot(this.#settings, this.base, recorded));
    if (found !== null && typeof found !== "string") return { snapshot: found, was: "kept" };
    const snapshot = await makeSnapshot(this.#settings, this.base, node, await files(), command);
    return { snapshot, was: found ?? "new" };
  }

  build(request: BuildRequest, signal: AbortSignal): Promise<BuildOutcome> {
    return build(this.#settings, request, signal);
  }

  /** Makes ready verify or benchmarks, from built images. */
  hold(jobs: readonly MeasuringJob[], signal: AbortSignal): Promise<readonly HeldJob[]> {
    return holdJobs(this.#settings, jobs, signal);
  }

  async othersOn(gpu: string, signal: AbortSignal): Promise<string | null> {
    const idle = this.#idle.find(({ facts }) => facts.gpu === gpu);
    if (idle === undefined) return null;
    const { look } = await lookAtGpu(this.#settings, this.base.imageId, gpu, signal);
    return othersOn(gpu, look, idle.look);
  }

  /** Workers that start together fill one volume. */
  #packageVolume(packages: AgentPackages): Promise<SourceVolume> {
    this.#packages ??= packageVolume(this.#settings, this.base.imageId, packages);
    return this.#packages;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#protectedVolume[Symbol.asyncDispose]();
  }
}
