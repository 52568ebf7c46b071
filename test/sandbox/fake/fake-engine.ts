import { createHash } from "node:crypto";
import { EngineError } from "../../../src/core/error.ts";
import { type Random, seeded } from "../../../src/core/statistics/random.ts";
import type { FakeProgram, Texts } from "./fake-program.ts";
import { VirtualTime } from "./virtual-time.ts";

/** What a machine is asked to do; a container for a part of it has this name. */
export type EngineStep =
  | "open"
  | "save"
  | "load"
  | "sweep"
  | "edit"
  | "read back"
  | "snapshot"
  | "build"
  | "commit build"
  | "verify"
  | "benchmark";

export interface FakeImage {
  readonly id: string;
  readonly tag: string;
  readonly kind: "base" | "snapshot" | "built";
  readonly projectId: string;
  readonly node: string;
  readonly layers: readonly string[];
  /** What the image was made from: a build's snapshot and command. */
  readonly key: string;
  readonly files: Texts;
}

export interface FakeContainer {
  readonly projectId: string;
  readonly owner: string;
  readonly step: EngineStep;
}

export interface FakeEngineOptions {
  readonly program: FakeProgram;
  readonly seed?: string;
  readonly time?: VirtualTime;
  readonly cpuModel?: string;
  /** Asked before every step, and on its way: whoever waits here or throws is a fault. */
  readonly onStep?: (step: EngineStep) => Promise<void>;
}

/** An engine in memory: images and containers that stay when the harness is killed. */
export class FakeEngine {
  readonly program: FakeProgram;
  readonly time: VirtualTime;
  readonly cpuModel: string;
  readonly random: Random;
  readonly containers = new Set<FakeContainer>();
  onStep: (step: EngineStep) => Promise<void>;
  /** Nothing answers while it is gone. */
  isGone = false;
  /** Who else computes on a GPU. */
  othersOn: (gpu: string) => string | null = () => null;
  /** What had a GPU so far, as `build 0`, and what had none, as `build -`. */
  readonly gpusUsed = new Set<string>();
  #images: FakeImage[] = [];

  constructor({
    program,
    seed = "fake",
    time = new VirtualTime(),
    cpuModel = "fake cpu",
    onStep,
  }: FakeEngineOptions) {
    this.program = program;
    this.time = time;
    this.cpuModel = cpuModel;
    this.random = seeded(`${seed}/engine`);
    this.onStep = onStep ?? (async () => {});
  }

  noteGpu(step: EngineStep, gpu: string | undefined): void {
    this.gpusUsed.add(`${step} ${gpu ?? "-"}`);
  }

  get images(): readonly FakeImage[] {
    return this.#images;
  }

  async step(step: EngineStep): Promise<void> {
    await this.onStep(step);
    this.requireThere();
  }

  requireThere(): void {
    if (this.isGone) throw new EngineError("the container engine failed: connect ECONNREFUSED");
  }

  /** A container for the time of `use`, or until its owner is found dead. */
  async within<T>(container: FakeContainer, use: () => Promise<T>): Promise<T> {
    await this.step(container.step);
    this.containers.add(container);
    try {
      return await use();
    } finally {
      // Nobody can ask a machine that is gone to remove anything.
      if (!this.isGone) this.containers.delete(container);
    }
  }

  find(reference: string): FakeImage | null {
    return this.#images.find(({ id, tag }) => id === reference || tag === reference) ?? null;
  }

  require(reference: string): FakeImage {
    const image = this.find(reference);
    if (image === null) throw new EngineError(`the container engine failed: no image ${reference}`);
    return image;
  }

  /** An image that had the tag loses it. */
  add(image: Omit<FakeImage, "id">): FakeImage {
    const made = { ...image, id: digestOf(image) };
    this.#images = this.#images.flatMap((other) =>
      other.id === made.id ? [] : [other.tag === made.tag ? { ...other, tag: "" } : other],
    );
    this.#images.push(made);
    return made;
  }

  remove(unwanted: (image: FakeImage) => boolean): void {
    this.#images = this.#images.filter((image) => !unwanted(image));
  }
}

export function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`;
}
