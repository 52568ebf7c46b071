import type { Duplex } from "node:stream";

export interface CommandResult {
  /** `null` when a signal or the time limit ended it. */
  readonly exitCode: number | null;
  /** stdout and stderr in the order of writing, cut to the limit asked for. */
  readonly output: string;
  readonly timedOut: boolean;
}

export type WriteOutcome =
  | { readonly kind: "written" }
  /** The kernel refused, or the path leaves the workspace. The words are fit for a model. */
  | { readonly kind: "denied"; readonly reason: string };

/** An agent's hands in its running container. Paths are relative to the workspace, or absolute below `/tmp` and `/loopty`. */
export interface AgentSession {
  /** `null` when there is no such file or it is no plain file. */
  readFile(path: string): Promise<Buffer | null>;
  /** Creates or overwrites in place, as the agent's user. What the kernel denies is denied. */
  writeFile(path: string, content: Buffer): Promise<WriteOutcome>;
  deleteFile(path: string): Promise<WriteOutcome>;
  /** Runs `sh -c command` in the workspace as the agent's user. */
  run(command: string, timeoutMs: number): Promise<CommandResult>;
  /** Starts a program in the workspace, beside whatever else runs. It ends with the container at the latest. */
  start(program: Program): Promise<RunningProgram>;
}

export interface Program {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A `helper` cannot be signalled or traced by what the agent runs. */
  readonly user: "agent" | "helper";
}

export interface RunningProgram {
  /** Its standard input and output. It does not end the program by itself. */
  readonly stream: Duplex;
  /** The head and the tail of its standard error so far. */
  errors(): string;
  /** The exit code once it is over; `null` where nobody saw it. */
  readonly exited: Promise<number | null>;
}
