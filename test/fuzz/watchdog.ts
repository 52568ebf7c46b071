import { Worker } from "node:worker_threads";
import { MOST_BYTES } from "./mutation.ts";

const HEAD = 2;

/**
 * Ends the process and shows the input when a parser never comes back: no timeout of a test runs while its thread is busy.
 */
export class Watchdog implements AsyncDisposable {
  readonly #shared = new SharedArrayBuffer(4 * HEAD + 2 * MOST_BYTES);
  readonly #head = new Int32Array(this.#shared, 0, HEAD);
  readonly #bytes = new Uint8Array(this.#shared, 4 * HEAD);
  readonly #worker: Worker;

  constructor(silenceMs: number) {
    this.#worker = new Worker(WATCH, {
      eval: true,
      workerData: { shared: this.#shared, silenceMs, head: HEAD },
    });
    this.#worker.unref();
  }

  /** The parser is given this now. */
  begin(input: Buffer): void {
    const kept = input.subarray(0, this.#bytes.length);
    this.#bytes.set(kept);
    Atomics.store(this.#head, 1, kept.length);
    Atomics.add(this.#head, 0, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

// Plain JavaScript: a worker knows nothing of how tests are compiled.
const WATCH = `
const { workerData: { shared, silenceMs, head } } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const state = new Int32Array(shared, 0, head);
let last = -1;
setInterval(() => {
  const now = Atomics.load(state, 0);
  if (now !== last) {
    last = now;
    return;
  }
  const input = Buffer.from(new Uint8Array(shared, 4 * head, Atomics.load(state, 1)));
  writeSync(2, "a parser hangs on (base64): " + input.toString("base64") + "\\n");
  process.kill(process.pid, "SIGKILL");
}, silenceMs);
`;
