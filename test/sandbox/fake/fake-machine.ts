import { type HostFile, readHostFile } from "../../../src/config/workspace/host-file.ts";
import { comparePaths } from "../../../src/core/file.ts";
import type {
  BaseWorkspace,
  Machine,
  MachineFacts,
  SandboxRequest,
  SweepRequest,
} from "../../../src/sandbox/machine.ts";
import type { Base, Sandbox } from "../../../src/sandbox/sandbox.ts";
import { digestOf, type FakeEngine, type FakeImage } from "./fake-engine.ts";
import type { Texts } from "./fake-program.ts";
import { FakeSandbox } from "./fake-sandbox.ts";

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
    const image = found ?? (await this.#makeBase(request));
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
