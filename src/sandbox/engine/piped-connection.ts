import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { EngineError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";

/** A program whose stdin and stdout lead to something far away. */
export interface PipedProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly notStarted: (cause: Error) => EngineError;
  /** `said` is one line: the end of what it wrote to stderr, or that there was nothing. */
  readonly failed: (said: string) => EngineError;
}

const MAX_SAID = 2000;

/** The two streams of a program as one, with what Node's http client expects of a socket. */
export class PipedConnection extends Duplex {
  readonly #program: ChildProcessWithoutNullStreams;
  #idle: NodeJS.Timeout | undefined;

  constructor({ command, args, env, notStarted, failed }: PipedProgram) {
    super();
    // It gets a session of its own, because Ctrl-C is for loopty, which still has containers to remove.
    this.#program = spawn(command, args, { env, detached: true });
    const { stdin, stdout, stderr } = this.#program;
    let said = "";
    stderr.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-MAX_SAID);
    });
    stdout.on("data", (chunk: Buffer) => {
      this.#idle?.refresh();
      if (!this.push(chunk)) stdout.pause();
    });
    // The program reports at its end why nobody reads any more.
    stdin.on("error", () => {});
    this.#program.once("error", (cause) => this.destroy(notStarted(cause)));
    this.#program.once("close", (code) => {
      if (code === 0) this.push(null);
      else this.destroy(failed(printable(said.trim() || "it ended without a word", MAX_SAID)));
    });
  }

  override _read(): void {
    this.#program.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#idle?.refresh();
    this.#program.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#program.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#program.kill();
    done(error);
  }

  /** Works as a socket's: emits `timeout` once nothing came or went for so long. 0 never does, and removes the listener. */
  setTimeout(timeoutMs: number, onTimeout?: () => void): this {
    clearTimeout(this.#idle);
    this.#idle = undefined;
    if (timeoutMs === 0) return onTimeout === undefined ? this : this.off("timeout", onTimeout);
    if (onTimeout !== undefined) this.once("timeout", onTimeout);
    this.#idle = setTimeout(() => this.emit("timeout"), timeoutMs);
    this.#idle.unref();
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    this.#program.ref();
    for (const pipe of this.#pipes()) pipe.ref();
    return this;
  }

  /** A connection that waits for its next request keeps no process alive. */
  unref(): this {
    this.#program.unref();
    for (const pipe of this.#pipes()) pipe.unref();
    return this;
  }

  #pipes(): Socket[] {
    const { stdin, stdout, stderr } = this.#program;
    return [stdin, stdout, stderr].filter((pipe) => pipe instanceof Socket);
  }
}
