import { spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { EngineError } from "../../../core/error.ts";
import { printable } from "../../../core/text/printable.ts";
import { PipedConnection } from "../../engine/piped-connection.ts";

/** Slurm's command line. Whatever fails is an `EngineError` with what the program said. */
export interface SlurmPrograms {
  /** Runs `sbatch`, `scontrol` or `scancel` to its end. Returns its stdout. */
  run(command: string, args: readonly string[], input?: string): Promise<string>;
  /** Starts `srun`, whose streams are those of a program on a node. */
  stream(args: readonly string[]): Duplex;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of a controller that is being restarted. */
const LONGEST_MS = 60_000;
const MOST_SAID = 64 * 1024;

/**
 * Slurm copies the environment of who submits into the job, and keeps it on its controller's disk. So the programs get
 * no more than they need, and no key of a model's API.
 */
const HANDED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_ALL|LD_LIBRARY_PATH|TZ|SLURM_CONF|SACK_\w+)$/;

/** The programs of the user's PATH, on a machine that may submit jobs. */
export class PathPrograms implements SlurmPrograms {
  readonly #env: Environment;

  constructor(env: Environment) {
    const handedOn = Object.entries(env).filter(([name]) => HANDED_ON.test(name));
    // Times and messages are read.
    this.#env = { ...Object.fromEntries(handedOn), SLURM_TIME_FORMAT: "standard" };
  }

  run(command: string, args: readonly string[], input = ""): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: "/",
        env: this.#env,
        timeout: LONGEST_MS,
        killSignal: "SIGKILL",
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout = `${stdout}${text}`.slice(0, MOST_SAID);
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr = `${stderr}${text}`.slice(-MOST_SAID);
      });
      // It says at its end why it reads no more.
      child.stdin.on("error", () => {});
      child.once("error", (cause) => reject(notStarted(command, cause)));
      child.once("close", (code) => {
        if (code === 0) resolve(stdout);
        else reject(failed(command, stderr.trim() || silentEnd(code)));
      });
      child.stdin.end(input);
    });
  }

  stream(args: readonly string[]): Duplex {
    return new PipedConnection({
      command: "srun",
      args,
      env: this.#env,
      notStarted: (cause) => notStarted("srun", cause),
      failed: (said) => failed("srun", said),
    });
  }
}

/** The partitions of the cluster. Throws `EngineError` where no job can be submitted from here. */
export async function partitionsOf(env: Environment): Promise<readonly string[]> {
  const said = await new PathPrograms(env).run("sinfo", ["--noheader", "--format=%R"]);
  return [...new Set(said.split("\n").map((line) => line.trim()))].filter((name) => name !== "");
}

function silentEnd(code: number | null): string {
  return code === null ? `no answer within ${LONGEST_MS / 1000} s` : `it ended with ${code}`;
}

function notStarted(command: string, cause: Error): EngineError {
  return new EngineError(`${command} cannot be started: ${cause.message}`, {
    hint: "run loopty where you submit jobs, with Slurm's programs on PATH",
    cause,
  });
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/contact|connect|respond|no answer/i, "`scontrol ping` says whether Slurm's controller is up"],
  [/partition/i, "`sinfo` lists the partitions that there are; slurm.partition names one"],
  [/feature|constraint/i, "`sinfo -o '%N %f'` lists the features that there are"],
  [/generic resource|gres/i, "`sinfo -o '%N %G'` lists the GPUs that there are"],
  [/account|qos|association/i, "`sacctmgr show assoc user=$USER` lists what you may charge"],
  [/time limit/i, "`sinfo -o '%P %l'` lists how long each partition allows"],
];

function failed(command: string, said: string): EngineError {
  const text = printable(said.replaceAll(/\s*\n\s*/g, "; "));
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1];
  return new EngineError(`${command} failed: ${text}`, {
    hint: hint ?? `\`${command}\` must work by hand here: try \`srun hostname\``,
  });
}
