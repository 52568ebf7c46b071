import type { AgentSession } from "../../../src/agent/session.ts";
import { comparePaths } from "../../../src/core/file.ts";
import {
  type AgentContainer,
  type EditRequest,
  type NoteFile,
  type ReadBack,
  SCRATCH_FOLDER,
} from "../../../src/sandbox/sandbox.ts";
import { MemorySession } from "../../agent/memory-session.ts";
import type { FakeContainer, FakeEngine } from "./fake-engine.ts";
import type { Texts } from "./fake-program.ts";

/** An agent's container in memory: the policy decides what may be written, and what of it comes back. */
export class FakeAgentContainer implements AgentContainer {
  readonly session: AgentSession;
  readonly mounts = { readOnly: 1, writable: 1 };
  readonly limit: AbortSignal;
  readonly #crossed = new AbortController();
  readonly #ended = new AbortController();
  readonly #engine: FakeEngine;
  readonly #container: FakeContainer;
  readonly #request: EditRequest;
  readonly #files: MemorySession;

  constructor(engine: FakeEngine, container: FakeContainer, readable: Texts, request: EditRequest) {
    const { policy } = request.rules;
    const notes = request.notes.map(({ path, content }) => [`/${path}`, content.toString()]);
    const own = request.files.map(({ path, content }) => [path, content.toString("utf8")] as const);
    this.#engine = engine;
    this.#container = container;
    this.#request = request;
    this.limit = this.#crossed.signal;
    const scratch = (request.scratch ?? []).map(({ path, content }) => [
      `${SCRATCH_FOLDER}/${path}`,
      content.toString(),
    ]);
    this.#files = new MemorySession(
      { ...readable, ...Object.fromEntries([...own, ...notes, ...scratch]) },
      (path) =>
        path.startsWith(`${SCRATCH_FOLDER}/`) || policy.accessOf(path) === "writable"
          ? null
          : "Read-only file system",
    );
    this.session = this.#files;
    engine.containers.add(container);
  }

  timeLimit(limitMs: number): AbortSignal {
    const over = new AbortController();
    this.#engine.time.sleep(limitMs, this.#ended.signal).then(
      () => over.abort(),
      () => {},
    );
    return over.signal;
  }

  /** As the watchdog does, with its reason. */
  crossLimit(reason: string): void {
    this.#crossed.abort(reason);
  }

  async readScratch(): Promise<NoteFile[]> {
    const below = `${SCRATCH_FOLDER}/`;
    return Object.entries(this.#files.texts)
      .filter(([path]) => path.startsWith(below))
      .map(([path, text]) => ({ path: path.slice(below.length), content: Buffer.from(text) }));
  }

  async readBack(): Promise<ReadBack> {
    await this.#end();
    await this.#engine.step("read back");
    const { policy, isIgnored, buildOutputs, parentPaths } = this.#request.rules;
    const isByProduct = (path: string) =>
      !parentPaths.has(path) && (buildOutputs.has(path) || isIgnored(path));
    const written = Object.entries(this.#files.texts)
      .filter(([path]) => !path.startsWith("/") && policy.accessOf(path) === "writable")
      .sort(([a], [b]) => comparePaths(a, b));
    return {
      kind: "files",
      files: written
        .filter(([path]) => !isByProduct(path))
        .map(([path, text]) => ({ path, mode: "100644" as const, content: Buffer.from(text) })),
      dropped: written.map(([path]) => path).filter(isByProduct),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#ended.abort();
    if (!this.#engine.isGone) this.#engine.containers.delete(this.#container);
  }
}
