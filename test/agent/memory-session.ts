import type { AgentSession, CommandResult, WriteOutcome } from "../../src/agent/session.ts";

/** Why a path may not be written, or `null` where it may. */
export type WritePolicy = (path: string) => string | null;

/** Files in memory instead of a container; `policy` stands in for the kernel. There is no shell. */
export class MemorySession implements AgentSession {
  readonly #files: Map<string, Buffer>;
  readonly #policy: WritePolicy;

  constructor(files: Readonly<Record<string, string | Buffer>>, policy: WritePolicy = () => null) {
    this.#files = new Map(
      Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]),
    );
    this.#policy = policy;
  }

  /** Every file as text: what tests compare with. */
  get texts(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#files].map(([path, content]) => [path, content.toString("utf8")]),
    );
  }

  async readFile(path: string): Promise<Buffer | null> {
    return this.#files.get(path) ?? null;
  }

  async writeFile(path: string, content: Buffer): Promise<WriteOutcome> {
    const reason = this.#policy(path);
    if (reason !== null) return { kind: "denied", reason };
    this.#files.set(path, Buffer.from(content));
    return { kind: "written" };
  }

  async deleteFile(path: string): Promise<WriteOutcome> {
    const reason = this.#policy(path);
    if (reason !== null) return { kind: "denied", reason };
    this.#files.delete(path);
    return { kind: "written" };
  }

  async run(command: string): Promise<CommandResult> {
    return { exitCode: 127, output: `no shell in memory for: ${command}\n`, timedOut: false };
  }

  async start(): Promise<never> {
    throw new Error("no program runs in memory");
  }
}
