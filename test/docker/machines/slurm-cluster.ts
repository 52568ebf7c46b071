import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { debianProgram } from "../remote/debian-program.ts";

const START_MS = 30_000;

/** A node is a slurmd of its own, with one cpu of this machine, and with its own engine at the usual place. */
export interface ClusterNode {
  readonly name: string;
  /** The engine's socket, seen from here. */
  readonly socket: string;
}

/** Debian's Slurm on this machine alone: a controller, and nodes. Only for root on Linux. */
export class SlurmCluster implements AsyncDisposable {
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Resolves when all nodes are idle. */
  static async start(nodes: readonly ClusterNode[]): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(mkdtempSync(join(tmpdir(), "loopty-slurm-")));
    try {
      await cluster.#start(nodes);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** Of whoever submits jobs. */
  get env(): Readonly<Record<string, string>> {
    return { PATH: process.env.PATH ?? "", SLURM_CONF: join(this.#folder, "slurm.conf") };
  }

  /** Slurm's own programs, as an administrator types them. */
  run(command: string, ...args: string[]): string {
    return execFileSync(command, args, { env: this.env }).toString().trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons.toReversed()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = new Promise((resolve) => daemon.once("exit", resolve));
      daemon.kill("SIGTERM");
      const late = setTimeout(() => daemon.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(nodes: readonly ClusterNode[]): Promise<void> {
    const munged = debianProgram("/usr/sbin/munged", "munge");
    const slurmctld = debianProgram("/usr/sbin/slurmctld", "slurmctld");
    const slurmd = debianProgram("/usr/sbin/slurmd", "slurmd");
    debianProgram("/usr/bin/srun", "slurm-client");
    await this.#writeConfig(nodes);
    const munge = join(this.#folder, "munge");
    mkdirSync(munge, { mode: 0o755 });
    writeFileSync(join(munge, "key"), "a key of 32 bytes or more, for this test alone", {
      mode: 0o400,
    });
    const files = ["socket", "key-file", "log-file", "pid-file", "seed-file"];
    const flags = files.map((flag) => `--${flag}=${join(munge, flag.replace("-file", ""))}`);
    // It mistrusts /tmp, in which anybody may write.
    this.#daemon(munged, ["--foreground", "--force", ...flags]);
    await this.#until("munged listens", () =>
      execFileSync("munge", ["-S", join(munge, "socket"), "-n"]),
    );
    this.#daemon(slurmctld, ["-D", "-c"]);
    for (const { name, socket } of nodes) {
      const see = 'mount --bind "$1" /var/run/docker.sock; shift; exec "$@"';
      this.#daemon("unshare", [
        "--mount",
        "sh",
        "-ec",
        see,
        "sh",
        socket,
        slurmd,
        "-D",
        "-N",
        name,
      ]);
    }
    await this.#until("all nodes are idle", () => {
      const states = this.run("sinfo", "--noheader", "--Node", "--format=%T").split("\n");
      if (states.some((state) => state !== "idle")) throw new Error(states.join());
    });
  }

  async #writeConfig(nodes: readonly ClusterNode[]): Promise<void> {
    mkdirSync(join(this.#folder, "state"));
    const here = (path: string) => join(this.#folder, path);
    const lines = [
      "ClusterName=loopty",
      `SlurmctldHost=${hostname()}(127.0.0.1)`,
      `SlurmctldPort=${await freePort()}`,
      ...[
        "AuthType=auth/munge",
        "CryptoType=crypto/munge",
        `AuthInfo=socket=${here("munge/socket")}`,
      ],
      ...["SlurmUser=root", "SlurmdUser=root", `StateSaveLocation=${here("state")}`],
      ...[`SlurmdSpoolDir=${here("spool-%n")}`, `SlurmdPidFile=${here("slurmd-%n.pid")}`],
      ...[`SlurmctldPidFile=${here("slurmctld.pid")}`, `SlurmctldLogFile=${here("slurmctld.log")}`],
      `SlurmdLogFile=${here("slurmd-%n.log")}`,
      ...["ProctrackType=proctrack/linuxproc", "TaskPlugin=task/affinity", "MpiDefault=none"],
      ...["SelectType=select/cons_tres", "SelectTypeParameters=CR_Core_Memory"],
      ...["SchedulerParameters=sched_interval=2,bf_interval=2", "KillWait=10", "ReturnToService=2"],
    ];
    for (const { name } of nodes) {
      lines.push(
        `NodeName=${name} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${await freePort()} CPUs=1 RealMemory=4096`,
      );
    }
    const names = nodes.map(({ name }) => name).join(",");
    lines.push(`PartitionName=main Nodes=${names} Default=YES MaxTime=INFINITE State=UP`);
    writeFileSync(here("slurm.conf"), `${lines.join("\n")}\n`);
  }

  #daemon(command: string, args: readonly string[]): void {
    this.#daemons.push(spawn(command, args, { env: this.env, cwd: "/", stdio: "ignore" }));
  }

  async #until(what: string, look: () => void): Promise<void> {
    for (const startMs = performance.now(); ; await sleep(100)) {
      try {
        return look();
      } catch (cause) {
        if (performance.now() - startMs > START_MS) throw new Error(`not so: ${what}`, { cause });
      }
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
    server.once("error", reject);
  });
}
