import { PassThrough } from "node:stream";
import { SYSTEM_CLOCK } from "../../src/cli/system-clock.ts";
import type { Sink, Spinner, World } from "../../src/cli/world.ts";
import { FakeProcesses } from "../store/processes.ts";

/** Keeps what is written to it. */
export class FakeSink implements Sink {
  readonly isTty: boolean;
  readonly width: number;
  readonly #chunks: Buffer[] = [];

  constructor({ isTty = false, width = Number.POSITIVE_INFINITY } = {}) {
    this.isTty = isTty;
    this.width = width;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString("utf8");
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }

  write(chunk: string | Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk));
  }
}

/** Keeps what it was told. */
export class FakeSpinner implements Spinner {
  readonly told: string[] = [];

  update(text: string): void {
    this.told.push(`~ ${text}`);
  }

  keep(line: string): void {
    this.told.push(line);
  }

  stop(): void {
    this.told.push("stopped");
  }
}

export interface FakeWorld extends World {
  readonly stdout: FakeSink;
  readonly stderr: FakeSink;
}

/** A world without a terminal, an engine or a home; time stands still. */
export function fakeWorld(cwd: string, fields: Partial<FakeWorld> = {}): FakeWorld {
  const { processes } = { processes: new FakeProcesses().start(10), ...fields };
  return {
    stdout: new FakeSink(),
    stderr: new FakeSink(),
    startSpinner: null,
    loadScreen: null,
    terminal: null,
    pipes: { input: new PassThrough(), output: new PassThrough() },
    startDetached: () => {},
    openInBrowser: () => {},
    env: { PATH: process.env.PATH, DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    cwd,
    home: "/nonexistent",
    ...SYSTEM_CLOCK,
    now: () => new Date("2026-11-23T10:00:00Z"),
    newUuid: () => "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    signal: new AbortController().signal,
    ...fields,
    processes,
  };
}
