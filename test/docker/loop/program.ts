import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

export interface ProgramEnd {
  /** `null` where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly progress: string;
}

/** At the first line of its progress that matches, something happens once. */
export interface Happening {
  readonly at: RegExp;
  readonly act: () => void;
}

/** Runs the compiled program in a folder to its end; `env` is added to the environment of the test. */
export function runProgram(
  cwd: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly happening?: Happening } = {},
): Promise<ProgramEnd> {
  const env = { ...process.env, ...options.env };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env });
  let stdout = "";
  let progress = "";
  let waiting = options.happening;
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    progress += chunk.toString("utf8");
    if (waiting === undefined || !waiting.at.test(progress)) return;
    const { act } = waiting;
    waiting = undefined;
    act();
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, progress })));
}
