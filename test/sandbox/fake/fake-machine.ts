import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { type HostFile, readHostFile } from "../../../src/config/workspace/host-file.ts";
import { EngineError } from "../../../src/core/error.ts";
import { comparePaths } from "../../../src/core/file.ts";
import type {
  BaseWorkspace,
  Machine,
  MachineFacts,
  MachineLook,
  SandboxRequest,
  SweepRequest,
} from "../../../src/sandbox/machine.ts";
import type { Base, Sandbox } from "../../../src/sandbox/sandbox.ts";
import { digestOf, type FakeEngine, type FakeImage } from "./fake-engine.ts";
import type { Texts } from "./fake-program.ts";
import { FakeSandbox } from "./fake-sandbox.ts";

const NEVER = new AbortController().signal;
/** An image on its way from one engine to another. */
const imageSchema = z.object({
  tag: z.string(),
  node: z.string(),
  layers: z.array(z.string()),
  key: z.string(),
  files: z.record(z.string(), z.string()),
});

/** A machine of a fake engine. Nobody on it has to be paused. */
export class FakeMachine implements Machine {
  readonly facts: MachineFacts = { cpuCount: 2, recorded: { engine: "fake" } };
  readonly #engine: FakeEngine;

  constructor(engine: FakeEngine) {
    this.#engine = engine;
  }

  async open(request: SandboxRequest): Promise<Sandbox> {
    await this.#engine.step("open");
    const { recorded } = request;
    const found = recorded && this.#engine.find(recorded.tag);
    const image = found ?? (await this.#carried(request)) ?? (await this.#makeBase(request));
    const base = this.#baseOf(image, recorded?.fileTime ?? this.#engine.time.now());
    return new FakeSandbox(this.#engine, request.settings, base);
  }

  async sweep({ projectId, isAlive, withoutImage }: SweepRequest): Promise<void> {
    await this.#engine.step("sweep");
    const { containers } = this.#engine;
    for (const container of containers) {
      if (container.projectId === projectId && !isAlive(container.owner)) {
        containers.delete(container);
      }
    }
    const unrecorded: ReadonlySet<string> = withoutImage;
    this.#engine.remove(
      (image) => image.projectId === projectId && (image.tag === "" || unrecorded.has(image.node)),
    );
  }

  async pauseOthers(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} };
  }

  async unpauseAbandoned(): Promise<void> {}

  failureOf(error: unknown): EngineError | null {
    return error instanceof EngineError ? error : null;
  }

  async answer(): Promise<void> {
    this.#engine.requireThere();
  }

  async save(tag: string): Promise<NodeJS.ReadableStream> {
    await this.#engine.step("save");
    const image = this.#engine.find(tag);
    if (image === null) throw new EngineError(`no such image: ${tag}`);
    return Readable.from([JSON.stringify(image)]);
  }

  async look(): Promise<MachineLook> {
    this.#engine.requireThere();
    return { cpuModel: this.#engine.cpuModel, clockAheadMs: 0 };
  }

  async #carried({ recorded, carry, settings }: SandboxRequest): Promise<FakeImage | null> {
    if (recorded === null || carry === undefined) return null;
    const saved = imageSchema.parse(JSON.parse(await text(await carry(NEVER))));
    await this.#engine.step("load");
    return this.#engine.add({ ...saved, kind: "base", projectId: settings.projectId });
  }

  async #makeBase({ settings, workspace, setup, image }: SandboxRequest): Promise<FakeImage> {
    const files = textsOf(workspace, workspace.protectedFiles);
    const { projectId, repository } = settings;
    const key = digestOf([files, setup, image]);
    const tag = `${repository}:base-${key.slice(7, 19)}`;
    const layers = [key];
    return this.#engine.add({ tag, kind: "base", projectId, node: "", layers, key, files });
  }

  #baseOf({ tag, id, layers, files }: FakeImage, fileTime: Date): Base {
    const tree = Object.keys(files).map((path) => ({ path, kind: "file" as const }));
    return { tag, imageId: id, layers, fileTime, tree };
  }
}

function textsOf({ root }: BaseWorkspace, files: readonly HostFile[]): Texts {
  const texts = files.map(
    (file) => [file.path, readHostFile(root, file).toString("utf8")] as const,
  );
  return Object.fromEntries(texts.sort(([a], [b]) => comparePaths(a, b)));
}
