import { Duplex } from "node:stream";
import type { Container } from "dockerode";
import type { Program, RunningProgram } from "../../agent/session.ts";
import { WORKSPACE } from "../sandbox.ts";
import { startExec } from "./exec.ts";
import { FrameReader } from "./frame.ts";
import { Output } from "./output.ts";
import { USERS } from "./user.ts";

const ERRORS_LIMIT = { headBytes: 2 * 1024, tailBytes: 6 * 1024 };

/** Starts a program beside the container's own process. It ends with the container. */
export async function startProgram(
  container: Container,
  { argv, env, user }: Program,
): Promise<RunningProgram> {
  const options = {
    User: USERS[user],
    WorkingDir: WORKSPACE,
    Cmd: [...argv],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  };
  const { exec, stream } = await startExec(container, options, { hijack: true, stdin: true });
  const program = new ProgramStream(stream);
  const exited = new Promise<number | null>((resolve) => {
    stream.once("close", () => {
      // The container may be gone, and the exit code with it.
      exec.inspect().then(
        ({ ExitCode }) => resolve(ExitCode),
        () => resolve(null),
      );
    });
  });
  return { stream: program, errors: () => program.errors.text(), exited };
}

/** Standard input and output of an exec. What nobody reads is not fetched. */
class ProgramStream extends Duplex {
  readonly errors = new Output(ERRORS_LIMIT);
  readonly #engine: Duplex;

  constructor(engine: Duplex) {
    super({ allowHalfOpen: true });
    this.#engine = engine;
    const reader = new FrameReader({
      onStdout: (chunk) => {
        if (!this.push(chunk)) engine.pause();
      },
      onStderr: (chunk) => this.errors.push(chunk),
    });
    engine.on("data", (chunk: Buffer) => reader.push(chunk));
    engine.on("end", () => this.push(null));
    engine.on("error", (error) => this.destroy(error));
    engine.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#engine.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#engine.write(chunk)) done();
    else this.#engine.once("drain", done);
  }

  override _final(done: () => void): void {
    this.#engine.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#engine.destroy();
    done(error);
  }
}
