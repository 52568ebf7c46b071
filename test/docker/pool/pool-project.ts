import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { StrictServer } from "../../anthropic/server.ts";
import { API_KEY } from "../claude/scripted.ts";
import { commitAll, FIRST_SIZE, modelProject } from "../loop/faulty-project.ts";
import { modelWithIdeas } from "../loop/model-ideas.ts";
import { openTestProject } from "../project.ts";
import { FarMachine } from "./far-machine.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const FAULT_POINTS = new URL("../loop/fault-points.mjs", import.meta.url).href;
const IMAGE = "debian:bookworm-slim";
const EXPERIMENTS = 6;
/** Longer than the 70 s after which a machine that says nothing is lost. */
const SILENT_MS = 120_000;
/** A run that tries its machines again after 30 s would mostly wait. */
const AGAIN_MS = 1000;

/** What is killed: loopty, the engine of a machine, or the connections to one. */
export type Victim =
  | { readonly kind: "loopty" }
  | { readonly kind: "engine"; readonly machine: string; readonly awayMs: number }
  | { readonly kind: "connection"; readonly machine: string };

export interface PoolFault {
  /** The event after which it comes; any where it is `null`. */
  readonly stage: string | null;
  /** Among all instants since the fault before, or since the start, that come after such an event. */
  readonly number: number;
  readonly victim: Victim;
}

export interface PoolEnd {
  /** `null` where it was killed. */
  readonly code: number | null;
  /** Whether it said nothing for long. */
  readonly hung: boolean;
  readonly stdout: string;
  readonly progress: string;
  /** The instants at which something happened, as many as there were faults. */
  readonly struck: readonly string[];
}

/** Three machines, two over ssh and one over TLS, and a git project whose model has ideas. */
export async function openPoolProject() {
  const scratch = await mkdtemp(join(tmpdir(), "loopty-pool-"));
  const machines = await Promise.all([
    FarMachine.overSsh("one", join(scratch, "one")),
    FarMachine.overTls("two", join(scratch, "two")),
    FarMachine.overSsh("three", join(scratch, "three")),
  ]);
  const [home] = machines;
  home.engine.load(IMAGE);
  const bin = await sshCommand(scratch, machines);
  const server = await StrictServer.start(modelWithIdeas(FIRST_SIZE, { gains: false }), API_KEY);
  const files = modelProject(EXPERIMENTS);
  const project = await openTestProject({
    ...files,
    "loopty.yaml": `${(files["loopty.yaml"] ?? "").replace("sandbox: {", `sandbox: { image: ${IMAGE},`)}
machines: [${machines.map(({ yaml }) => yaml).join(", ")}]
search: { parallel: auto }
`,
  });
  const { directory } = project;
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", directory, ...args], { encoding: "utf8" });
  commitAll(git);
  const away = new Map<string, Promise<void>>();
  const machineOf = (name: string): FarMachine => {
    const found = machines.find((machine) => machine.name === name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    return found;
  };

  const strike = async (victim: Victim, pid: number): Promise<void> => {
    if (victim.kind === "loopty") return;
    const machine = machineOf(victim.machine);
    if (victim.kind === "connection") return machine.cut(pid);
    await away.get(machine.name);
    await machine.kill();
    const back = sleep(victim.awayMs).then(() => machine.restart());
    back.catch(() => {});
    away.set(machine.name, back);
  };

  /** Starts a process, to its end or its own death. */
  async function run(args: readonly string[], faults: readonly PoolFault[]): Promise<PoolEnd> {
    const folder = join(scratch, "faults");
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const log = join(folder, "passed");
    const done = (at: number) => join(folder, `done-${at}`);
    const plan = faults.map(({ stage, number, victim }, at) => ({
      ...{ stage, number },
      done: victim.kind === "loopty" ? null : done(at),
    }));
    const env = {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      DOCKER_HOST: "unix:///nowhere/docker.sock",
      ANTHROPIC_API_KEY: API_KEY,
      ANTHROPIC_BASE_URL: server.url,
      TMPDIR: scratch,
      FAULT_LOG: log,
      FAULTS: JSON.stringify(plan),
      FAULT_AGAIN_MS: String(AGAIN_MS),
    };
    const command = ["--import", FAULT_POINTS, MAIN, ...args];
    const child = spawn(process.execPath, command, { cwd: directory, env });
    let [stdout, progress, hung] = ["", "", false];
    const late = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, SILENT_MS);
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      late.refresh();
      progress += chunk.toString("utf8");
    });
    const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
    const over = new AbortController();
    const struck = async () =>
      (await readFile(log, "utf8").catch(() => ""))
        .split("\n")
        .filter((line) => / \| fault$/.test(line));
    const striking = (async () => {
      for (let at = 0; !over.signal.aborted; await sleep(5)) {
        const victim = faults[at]?.victim;
        if (victim === undefined || (await struck()).length <= at) continue;
        if (child.pid !== undefined) await strike(victim, child.pid).catch(() => {});
        await writeFile(done(at), "");
        at++;
      }
    })();
    const code = await exited;
    clearTimeout(late);
    over.abort();
    await striking;
    return { code, hung, stdout, progress, struck: await struck() };
  }

  return {
    ...project,
    server,
    git,
    run,
    experiments: EXPERIMENTS,
    engines: new Map(machines.map(({ name, docker }) => [name, docker])),
    home: home.name,
    /** Resolves when all machines are there again. */
    allThere: async () => {
      await Promise.all(away.values());
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(away.values());
      await project[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      for (const machine of machines) await machine[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

export type PoolProject = Awaited<ReturnType<typeof openPoolProject>>;

/** A folder with an `ssh` that knows how to log in to all of them: ssh reads the home of the account, whatever HOME says. */
async function sshCommand(folder: string, machines: readonly FarMachine[]): Promise<string> {
  const bin = join(folder, "bin");
  if (existsSync(bin)) throw new Error(`${bin} is there`);
  await mkdir(bin);
  const config = join(bin, "config");
  await writeFile(config, machines.map(({ sshConfig }) => sshConfig).join(""));
  const program = join(bin, "ssh");
  await writeFile(program, `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`);
  await chmod(program, 0o755);
  return bin;
}
