import type { AgentSession, CommandResult, WriteOutcome } from "../../agent/session.ts";
import { checkPath } from "../../core/access/path.ts";
import { printableBlock } from "../../core/text/printable.ts";
import { type CommandContainer, execute } from "../container/exec.ts";
import { onOneStream } from "../container/hardening.ts";
import { lastLines } from "../container/output.ts";
import { startProgram } from "../container/program.ts";

const FILE_TIMEOUT_MS = 60_000;
const FILE_LIMIT = { headBytes: 64 * 1024 * 1024, tailBytes: 0 };
const OUTPUT_LIMIT = { headBytes: 64 * 1024, tailBytes: 192 * 1024 };
const NO_FILE = 44;

const READ = `[ -f "$1" ] || exit ${NO_FILE}; exec cat -- "$1"`;
// The file is written in place, as a rename over a single file's mount gives EBUSY.
const WRITE = 'mkdir -p -- "$(dirname -- "$1")" && exec cat > "$1"';
const DELETE = 'exec rm -f -- "$1"';

/** Folders outside of the workspace that are there for agents. What of them may be written is the kernel's matter. */
const SCRATCH = ["/tmp/", "/loopty/"];

function isScratch(path: string): boolean {
  return SCRATCH.some((folder) => path.startsWith(folder));
}

function problemOf(path: string): string | null {
  const folder = SCRATCH.find((each) => path.startsWith(each)) ?? "";
  return checkPath(path.slice(folder.length));
}

/** An agent's hands. Every step is a process of the agent's user inside the container, so the kernel decides. */
export function containerSession(container: CommandContainer): AgentSession {
  const script = (text: string, path: string, input?: Buffer) =>
    execute(container, {
      user: "agent",
      argv: ["/bin/sh", "-c", text, "sh", isScratch(path) ? path : `./${path}`],
      timeoutMs: FILE_TIMEOUT_MS,
      output: FILE_LIMIT,
      ...(input === undefined ? {} : { input }),
    });

  const change = async (text: string, path: string, input?: Buffer): Promise<WriteOutcome> => {
    const problem = problemOf(path);
    if (problem !== null) return { kind: "denied", reason: problem };
    const end = await script(text, path, input);
    if (end.exitCode === 0) return { kind: "written" };
    const reason = lastLines(printableBlock(end.stderr.toString("utf8")), 3);
    return { kind: "denied", reason: reason || "it took too long" };
  };

  return {
    readFile: async (path) => {
      if (problemOf(path) !== null) return null;
      const end = await script(READ, path);
      // Output that did not fit is marked inside of it, and is not the file.
      const whole = end.stdout.length <= FILE_LIMIT.headBytes;
      return end.exitCode === 0 && whole ? end.stdout : null;
    },
    writeFile: (path, content) => change(WRITE, path, content),
    deleteFile: (path) => change(DELETE, path),
    run: async (command, timeoutMs): Promise<CommandResult> => {
      const end = await execute(container, {
        user: "agent",
        argv: ["/bin/sh", "-c", onOneStream(command)],
        timeoutMs,
        output: OUTPUT_LIMIT,
      });
      return {
        exitCode: end.exitCode,
        output: end.stdout.toString("utf8"),
        timedOut: end.exitCode === null,
      };
    },
    start: (program) => startProgram(container.container, program),
  };
}
