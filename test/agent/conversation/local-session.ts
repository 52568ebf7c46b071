import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Duplex } from "node:stream";
import type {
  AgentSession,
  CommandResult,
  Program,
  RunningProgram,
  WriteOutcome,
} from "../../../src/agent/session.ts";

/** A folder of this machine instead of a container: a real shell, but nothing that keeps it in. For commands of tests only. */
export class LocalSession implements AgentSession, AsyncDisposable {
  readonly #folder: string;
  readonly commands: string[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(files: Readonly<Record<string, string>> = {}): Promise<LocalSession> {
    const session = new LocalSession(await mkdtemp(join(tmpdir(), "loopty-session-")));
    for (const [path, content] of Object.entries(files)) {
      await session.writeFile(path, Buffer.from(content));
    }
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Where this session keeps what a container has in `/tmp/loopty`. */
  outputFile(number: number): string {
    return join(this.#folder, ".tmp", `out-${number}.log`);
  }

  async readFile(path: string): Promise<Buffer | null> {
    const file = join(this.#folder, path);
    const isFile = await stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
    return isFile ? readFile(file) : null;
  }

  async writeFile(path: string, content: Buffer): Promise<WriteOutcome> {
    await mkdir(dirname(join(this.#folder, path)), { recursive: true });
    await writeFile(join(this.#folder, path), content);
    return { kind: "written" };
  }

  async deleteFile(path: string): Promise<WriteOutcome> {
    await rm(join(this.#folder, path), { force: true });
    return { kind: "written" };
  }

  async start({ argv, env }: Program): Promise<RunningProgram> {
    const [program = "", ...words] = argv;
    const child = spawn(program, words, { cwd: this.#folder, env: { ...process.env, ...env } });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    return { stream, errors: () => errors, exited };
  }

  run(command: string, timeoutMs: number): Promise<CommandResult> {
    this.commands.push(command);
    const script = command.replaceAll("/tmp/loopty", join(this.#folder, ".tmp"));
    const child = spawn("/bin/sh", ["-c", `exec 2>&1\n${script}`], {
      cwd: this.#folder,
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      // The whole group, as the engine's time limit ends all processes of the agent.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, timeoutMs);
    return new Promise((resolve) => {
      child.on("close", (code) => {
        clearTimeout(timer);
        const output = Buffer.concat(chunks).toString("utf8");
        resolve({ exitCode: timedOut ? null : code, output, timedOut });
      });
    });
  }
}
