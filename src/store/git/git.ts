import { spawn } from "node:child_process";
import { UserError } from "../../core/error.ts";
import { errorCode, fullDiskError } from "../files/disk-error.ts";

const STDERR_TAIL_BYTES = 8 * 1024;

/** git ended with a failure. The message is the tail of what it wrote to stderr. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly exitCode: number | null;

  constructor(command: string, exitCode: number | null, stderr: string) {
    super(stderr === "" ? `git ${command} ended with ${exitCode ?? "a signal"}` : stderr);
    this.exitCode = exitCode;
  }
}

export interface GitCall {
  readonly input?: string | Buffer | readonly Buffer[];
  /** A temporary index for the commands that need one. */
  readonly indexFile?: string;
  /** git gives up rather than hold anything larger in memory. */
  readonly mostBytes?: number;
  /** git is killed after this time, which is a `GitError` without an exit code. */
  readonly timeoutMs?: number;
}

/** Runs git's plumbing in one repository, and resolves to its stdout. Throws `GitError`. */
export type Git = (args: readonly string[], call?: GitCall) => Promise<Buffer>;

/**
 * No configuration of the user or the machine, no hooks, no file system monitor, no attributes file: nothing in a
 * repository makes git start another program. `safe.directory` is off because it guards against a repository's
 * configuration that runs programs. That is ruled out here, and the user's exceptions to it cannot be read.
 */
const SAFE = [
  "core.hooksPath=/dev/null",
  // Before git 2.36 this was a command, and only the empty one means none.
  "core.fsmonitor=",
  "core.attributesFile=/dev/null",
  "safe.directory=*",
  // A folder of the workspace that looks like a repository may be an agent's. Only `.git` or `--git-dir` name one.
  "safe.bareRepository=explicit",
].flatMap((setting) => ["-c", setting]);

/** Everything new is on disk before a ref names it. Before git 2.36 there is only `fsyncObjectFiles`. */
export const DURABLE = ["-c", "core.fsync=all", "-c", "core.fsyncObjectFiles=true"];

/** git for the repository `gitFolder`; `searchPath` is the PATH to find git and its own helpers in. */
export function gitIn(gitFolder: string, searchPath: string): Git {
  return (args, call) => runGit(["--git-dir", gitFolder, ...args], searchPath, call);
}

/** Runs git without naming a repository. */
export function runGit(
  args: readonly string[],
  searchPath: string,
  { input = "", indexFile, mostBytes, timeoutMs }: GitCall = {},
): Promise<Buffer> {
  const child = spawn("git", [...SAFE, ...args], {
    cwd: "/",
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" as const }),
    env: {
      PATH: searchPath,
      LC_ALL: "C",
      HOME: "/nonexistent",
      XDG_CONFIG_HOME: "/nonexistent",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_ATTR_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      // Before git 2.39.4 only the second keeps git from fetching what a repository lacks by a program that the
      // repository names.
      GIT_NO_LAZY_FETCH: "1",
      GIT_ALLOW_PROTOCOL: "none",
      GIT_NO_REPLACE_OBJECTS: "1",
      GIT_LITERAL_PATHSPECS: "1",
      GIT_DEFAULT_HASH: "sha1",
      ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
      ...(mostBytes === undefined ? {} : { GIT_ALLOC_LIMIT: String(mostBytes) }),
    },
  });
  const stdout: Buffer[] = [];
  let stderr = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_TAIL_BYTES);
  });
  // git may end before it has read everything. Its exit code and stderr say why.
  child.stdin.on("error", () => {});
  for (const chunk of typeof input === "string" || Buffer.isBuffer(input) ? [input] : input) {
    child.stdin.write(chunk);
  }
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(errorCode(error) === "ENOENT" ? noGit(error) : error));
    child.on("close", (exitCode) => {
      if (exitCode === 0) resolve(Buffer.concat(stdout));
      else reject(failureOf(args, exitCode, complaintOf(stderr)));
    });
  });
}

function failureOf(args: readonly string[], exitCode: number | null, complaint: string): Error {
  const at = args.indexOf("--git-dir");
  const folder = at < 0 ? "a git repository" : (args[at + 1] ?? "");
  return fullDiskError(complaint, folder) ?? new GitError(args.join(" "), exitCode, complaint);
}

function complaintOf(stderr: Buffer): string {
  const lines = stderr.toString("utf8").split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("warning: "))
    .join("\n")
    .trim();
}

function noGit(cause: Error): UserError {
  return new UserError("git was not found", {
    hint: "install git: loopty keeps every node's files in a repository of its own",
    cause,
  });
}
