import type { Sink, World } from "../world.ts";

/** Columns of what a model reads: pictures are drawn for people. */
const WIDTH = 160;

/** Keeps what a command prints. */
export class CapturedSink implements Sink {
  readonly isTty = false;
  readonly width = WIDTH;
  readonly #chunks: Buffer[] = [];

  write(chunk: string | Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk));
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

/** The world of a command whose output is not for a terminal. */
export function capturedWorld(world: World): World & { readonly stdout: CapturedSink } {
  const quiet = { startSpinner: null, loadScreen: null, terminal: null };
  return { ...world, ...quiet, stdout: new CapturedSink(), stderr: new CapturedSink() };
}
