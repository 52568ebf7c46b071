import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LOCAL_MACHINE } from "../../../src/core/tree/machine.ts";
import { StrictServer } from "../../anthropic/server.ts";
import { API_KEY } from "../claude/scripted.ts";
import { openTestProject } from "../project.ts";
import { modelWithIdeas } from "./model-ideas.ts";
import { shellProject } from "./shell-project.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const FAULT_POINTS = new URL("fault-points.mjs", import.meta.url).href;
export const FIRST_SIZE = 1000;
const EXPERIMENTS = 4;

/** Where a process is killed; see `fault-points.mjs`. */
export interface Fault {
  /** The event after which it comes. */
  readonly stage: string;
  /** Among all instants that come after such an event, from 1. */
  readonly number: number;
}

export interface ProcessEnd {
  /** `null` where it was killed. */
  readonly code: number | null;
  readonly progress: string;
  /** The names of all instants that were passed, in order. */
  readonly passed: readonly string[];
}

/** A project of shell scripts that takes no time, for a model that has a key. */
export function modelProject(experiments: number): Record<string, string> {
  const files = shellProject();
  const yaml = (files["loopty.yaml"] ?? "")
    .replace(/^agent: .*$/m, "agent: { kind: claude }\ngit: { branches: all }")
    .replace(/^budget: .*$/m, `budget: { tokens: 9_000_000, experiments: ${experiments} }`)
    .replace(/^rate_limit: .*$/m, "rate_limit: { experiments: 900/h, requests: 9000/h }");
  return {
    ...files,
    "loopty.yaml": yaml,
    "build.sh": "grep -q . src/size && cp src/size built-size\n",
    "bench.sh": (files["bench.sh"] ?? "").replace(/^sleep .*\n/m, ""),
    "src/size": `${FIRST_SIZE}\n`,
  };
}

/** A git project whose model has ideas, and processes of the compiled program that are killed at chosen instants. */
export async function openFaultyProject(options: { readonly gains: boolean }) {
  const server = await StrictServer.start(modelWithIdeas(FIRST_SIZE, options), API_KEY);
  const project = await openTestProject(modelProject(EXPERIMENTS));
  const { directory } = project;
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", directory, ...args], { encoding: "utf8" });
  commitAll(git);
  const scratch = await mkdtemp(join(tmpdir(), "loopty-faulty-"));

  /** Starts or resumes a run, up to its end or the fault. */
  async function run(args: readonly string[], fault: Fault | null): Promise<ProcessEnd> {
    const log = join(scratch, "passed");
    await rm(log, { force: true });
    const env = {
      ...process.env,
      ANTHROPIC_API_KEY: API_KEY,
      ANTHROPIC_BASE_URL: server.url,
      // A queue for measuring of its own: nothing here depends on who else measures.
      TMPDIR: scratch,
      FAULT_LOG: log,
      FAULTS: JSON.stringify(fault === null ? [] : [{ ...fault, done: null }]),
    };
    const child = spawn(process.execPath, ["--import", FAULT_POINTS, MAIN, "run", ...args], {
      cwd: directory,
      env,
    });
    let progress = "";
    child.stderr.on("data", (chunk: Buffer) => {
      progress += chunk.toString("utf8");
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    const passed = (await readFile(log, "utf8").catch(() => "")).split("\n").slice(0, -1);
    return { code, progress, passed };
  }

  return {
    ...project,
    server,
    git,
    run,
    experiments: EXPERIMENTS,
    engines: new Map([[LOCAL_MACHINE, project.engine.docker]]),
    [Symbol.asyncDispose]: async () => {
      await project[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Makes a git project of a folder. */
export function commitAll(git: (...args: readonly string[]) => string): void {
  git("init", "--quiet");
  git("add", ".");
  git("-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "One");
}

export type FaultyProject = Awaited<ReturnType<typeof openFaultyProject>>;
