import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { scratchFolder } from "../../../store/scratch.ts";

/** A podman whose service answers as an engine does, for as long as the file `broken` is not there. */
const PODMAN = `
const { existsSync } = require("node:fs");
const { createServer } = require("node:http");
const { join } = require("node:path");
const args = process.argv.slice(2);
const state = args.shift();
if (!args.includes("service")) process.exit(0);
if (existsSync(join(state, "broken"))) {
  console.error("Error: cannot set up namespace");
  process.exit(125);
}
const ANSWERS = {
  "/version": { Version: "5.4.2", ApiVersion: "1.41", Components: [{ Name: "Podman Engine", Version: "5.4.2" }] },
  "/info": { ID: "on-node", NCPU: 64, MemTotal: 1 },
  "/_ping": "OK",
};
createServer((request, response) => {
  request.resume();
  response.end(JSON.stringify(ANSWERS[request.url.split("?")[0]] ?? null));
}).listen(args.at(-1).slice("unix://".length));
`;

/** Slurm with one node, which is this machine: each program a script, jobs and steps are processes. */
export class ScriptedSlurm {
  readonly state = scratchFolder();
  readonly nodeTmp = join(this.state, "tmp");
  readonly #bin = join(this.state, "bin");

  constructor() {
    // A job that is being cancelled still writes to its folder, which is removed after this.
    onTestFinished(() => this.#endJob());
    mkdirSync(this.#bin);
    mkdirSync(this.nodeTmp);
    this.answer("JobState=RUNNING Restarts=0 RunTime=00:00:01 NodeList=n1 TimeLimit=01:00:00");
    const node = `TMPDIR=${this.nodeTmp} SLURM_JOB_ID=7`;
    this.#program("sbatch", [
      `echo "$*" > ${this.state}/sbatch`,
      `env > ${this.state}/env`,
      `cat > ${this.state}/script`,
      `${node} setsid sh ${this.state}/script > /dev/null 2>&1 < /dev/null & echo $! > ${this.state}/pid`,
      "echo 7",
    ]);
    this.#program("scontrol", [`echo asked >> ${this.state}/scontrol`, `cat ${this.state}/answer`]);
    this.#program("scancel", [
      `echo "$*" >> ${this.state}/scancel`,
      `kill -TERM "$(cat ${this.state}/pid)" 2> /dev/null`,
    ]);
    this.#program("srun", [
      `echo step >> ${this.state}/steps`,
      'while [ "$1" != -- ]; do shift; done; shift',
      `${node} exec "$@"`,
    ]);
    writeFileSync(join(this.#bin, "podman.cjs"), PODMAN);
    this.#program("podman", [
      `exec ${process.execPath} ${join(this.#bin, "podman.cjs")} ${this.state} "$@"`,
    ]);
  }

  get env(): Readonly<Record<string, string>> {
    return { PATH: `${this.#bin}:${process.env.PATH}`, ANTHROPIC_API_KEY: "secret" };
  }

  /** What Slurm says of the job from now on. Whoever asks meanwhile gets the one answer or the other. */
  answer(line: string): void {
    const path = join(this.state, "answer");
    writeFileSync(`${path}.new`, `${line}\n`);
    renameSync(`${path}.new`, path);
  }

  breakPodman(): void {
    writeFileSync(join(this.state, "broken"), "");
  }

  /** What a program noted; "" for nothing yet. */
  noted(name: "sbatch" | "scontrol" | "env" | "scancel" | "steps"): string {
    const path = join(this.state, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** The node loses power. */
  killJob(): void {
    process.kill(-Number(readFileSync(join(this.state, "pid"), "utf8")), "SIGKILL");
  }

  async #endJob(): Promise<void> {
    const path = join(this.state, "pid");
    if (!existsSync(path)) return;
    const group = -Number(readFileSync(path, "utf8"));
    try {
      process.kill(group, "SIGKILL");
      for (;;) {
        await sleep(5);
        process.kill(group, 0);
      }
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }

  #program(name: string, lines: readonly string[]): void {
    const path = join(this.#bin, name);
    writeFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`);
    chmodSync(path, 0o755);
  }
}
