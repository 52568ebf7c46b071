import { type EngineError, firstError } from "../core/error.ts";
import { untilAborted } from "../core/until-aborted.ts";
import { listImages, removeImages } from "./clean-up/image-removal.ts";
import { removeLeftovers } from "./clean-up/leftover.ts";
import { lookAtMachine } from "./container/host-look.ts";
import { pauseOthers, unpauseAbandoned } from "./container/pause.ts";
import { DockerSandbox } from "./docker-sandbox.ts";
import { type Engine, engineFailure } from "./engine/engine.ts";
import { lookAtGpu } from "./gpu/gpu-probe.ts";
import type { GpuReport } from "./gpu/gpu-report.ts";
import { prepareBase, reopenBase } from "./image/base.ts";
import { carryBase, saveImage } from "./image/carried-base.ts";
import { sandboxImage } from "./image/sandbox-image.ts";
import type {
  Machine,
  MachineFacts,
  MachineLook,
  PauseRequest,
  SandboxRequest,
  SweepRequest,
} from "./machine.ts";
import type { Base, Sandbox } from "./sandbox.ts";

/** A Docker engine as a machine. */
export class DockerMachine implements Machine {
  readonly facts: MachineFacts;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    // A proxy's address may hold a password.
    const { docker: _connection, proxies: _proxies, ...recorded } = engine;
    this.#engine = engine;
    this.facts = { cpuCount: engine.cpuCount, recorded };
  }

  async open(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
    const settings = { ...request.settings, engine: this.#engine };
    const base = await this.#base(request, signal);
    const gpus: GpuReport[] = [];
    for (const gpu of settings.gpus) {
      gpus.push(await lookAtGpu(settings, base.imageId, gpu, signal));
    }
    // An agent's container that does not start would be taken for the agent's failure.
    for (const gpu of settings.agentGpus) await lookAtGpu(settings, base.imageId, gpu, signal);
    return new DockerSandbox(settings, base, gpus);
  }

  async sweep({ projectId, isAlive, withoutImage }: SweepRequest): Promise<void> {
    await removeLeftovers(this.#engine, projectId, (owner) => !isAlive(owner));
    const images = await listImages(this.#engine, projectId);
    const unrecorded: ReadonlySet<string> = withoutImage;
    // An image without a tag lost it to a newer image, as after a repair or a clean rebuild.
    const unused = images.filter(({ tags, node }) => tags.length === 0 || unrecorded.has(node));
    await removeImages(this.#engine, unused);
  }

  pauseOthers(request: PauseRequest, cpus: string, signal: AbortSignal): Promise<AsyncDisposable> {
    return pauseOthers({ ...request, engine: this.#engine }, cpus, signal);
  }

  unpauseAbandoned(request: PauseRequest): Promise<void> {
    return unpauseAbandoned({ ...request, engine: this.#engine });
  }

  async answer(signal: AbortSignal): Promise<void> {
    const answered = this.#engine.docker.ping();
    await untilAborted(answered, signal).catch((error: unknown) => {
      throw this.failureOf(error) ?? error;
    });
  }

  failureOf(error: unknown): EngineError | null {
    return engineFailure(firstError(error));
  }

  save(tag: string): Promise<NodeJS.ReadableStream> {
    return saveImage(this.#engine, tag);
  }

  look(request: SandboxRequest, base: Base, signal: AbortSignal): Promise<MachineLook> {
    const settings = { ...request.settings, engine: this.#engine };
    return lookAtMachine(settings, base.imageId, Date.now, signal);
  }

  async #base(request: SandboxRequest, signal: AbortSignal): Promise<Base> {
    const settings = { ...request.settings, engine: this.#engine };
    const { recorded, workspace, setup, ca } = request;
    const known = recorded && (await reopenBase(settings, recorded));
    if (known !== null) return known;
    if (recorded !== null && request.carry !== undefined) {
      return carryBase(settings, recorded, request.carry, signal);
    }
    const image = await sandboxImage(this.#engine, request.image, signal, ca, settings.onOutput);
    const base = await prepareBase(
      settings,
      { ...workspace, sandboxImageId: image.Id, setup },
      signal,
    );
    return recorded === null ? base : { ...base, fileTime: recorded.fileTime };
  }
}
