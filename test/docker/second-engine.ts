import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS = 60_000;

export interface SecondEngineOptions {
  /** It keeps its images on a disk of that size, in memory. */
  readonly diskBytes?: number;
  /** Folders that are empty where it runs, as on another machine. */
  readonly hidden?: readonly string[];
  /** More for its command line, such as another address to listen at. */
  readonly flags?: readonly string[];
}

/**
 * A dockerd of the test's own, which it may kill: another data root, exec root, socket, network and table of mounts, so that it
 * and the machine's never meet. With the network shared, `--bridge=none` would delete the other's bridge. Only for root on Linux.
 */
export class SecondEngine implements AsyncDisposable {
  readonly #folder: string;
  readonly #options: SecondEngineOptions;
  #daemon: ChildProcess | null = null;

  private constructor(folder: string, options: SecondEngineOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  static async start(options: SecondEngineOptions = {}): Promise<SecondEngine> {
    const folder = await mkdtemp(join(tmpdir(), "loopty-engine-"));
    const engine = new SecondEngine(folder, options);
    await mkdir(engine.dataRoot);
    if (options.diskBytes !== undefined) {
      const size = `size=${options.diskBytes}`;
      execFileSync("mount", ["-t", "tmpfs", "-o", size, "loopty-test", engine.dataRoot]);
    }
    try {
      await engine.start();
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    return engine;
  }

  get dataRoot(): string {
    return join(this.#folder, "data");
  }

  /** While it runs. */
  get pid(): number {
    const pid = this.#daemon?.pid;
    if (pid === undefined) throw new Error("the second dockerd does not run");
    return pid;
  }

  /** The command that runs another where this engine runs: its network, and what it sees of the disk. */
  get inside(): readonly string[] {
    return ["nsenter", "--target", String(this.pid), "--net", "--mount", "--"];
  }

  get env(): { readonly DOCKER_HOST: string } {
    return { DOCKER_HOST: `unix://${join(this.#folder, "docker.sock")}` };
  }

  /** Copies an image from the engine of the machine. */
  load(image: string): void {
    const archive = join(this.#folder, "image.tar");
    execFileSync("docker", ["save", "-o", archive, image]);
    execFileSync("docker", ["load", "-q", "-i", archive], { env: { ...process.env, ...this.env } });
    rmSync(archive);
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { DOCKER_HOST } = this.env;
    const log = openSync(join(this.#folder, "dockerd.log"), "a");
    const { hidden = [], flags = [] } = this.#options;
    // A new network's own loopback is down.
    const prepare = [
      "ip link set lo up",
      ...hidden.map((_, at) => `mount -t tmpfs -o ro loopty-test "$${at + 1}"`),
      `shift ${hidden.length}`,
      'exec "$@"',
    ];
    const daemon = spawn(
      "unshare",
      [
        ...["--net", "--mount", "sh", "-ec", prepare.join("\n"), "sh", ...hidden],
        ..."dockerd --bridge=none --iptables=false --data-root".split(" "),
        this.dataRoot,
        "--exec-root",
        join(this.#folder, "exec"),
        "--pidfile",
        join(this.#folder, "docker.pid"),
        "--host",
        DOCKER_HOST,
        ...flags,
      ],
      { cwd: "/", stdio: ["ignore", log, log] },
    );
    closeSync(log);
    this.#daemon = daemon;
    for (const startMs = performance.now(); performance.now() - startMs < START_MS; ) {
      if (daemon.exitCode !== null) break;
      if (answers(DOCKER_HOST)) return;
      await sleep(200);
    }
    const said = await readFile(join(this.#folder, "dockerd.log"), "utf8");
    throw new Error(`the second dockerd does not start:\n${said.slice(-2000)}`);
  }

  /** As a machine that loses power would, but for what is on disk: dockerd and its containerd end at once. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    const pidFile = join(this.#folder, "exec/containerd/containerd.pid");
    const containerd = pidIn(pidFile);
    if (daemon !== null && daemon.exitCode === null) {
      const ended = new Promise((resolve) => daemon.once("exit", resolve));
      daemon.kill("SIGKILL");
      await ended;
    }
    // dockerd 20.10 cannot take over the one that its predecessor left, and waits for one that nobody has reaped yet.
    if (containerd !== null) endProcess(containerd);
    rmSync(pidFile, { force: true });
    rmSync(join(this.#folder, "docker.pid"), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon !== null && daemon.exitCode === null) {
      const ended = new Promise((resolve) => daemon.once("exit", resolve));
      daemon.kill("SIGTERM");
      await ended;
    }
    for (const path of mountsBelow(this.#folder)) execFileSync("umount", ["-l", path]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function answers(url: string): boolean {
  try {
    execFileSync("docker", ["--host", url, "version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function pidIn(path: string): number | null {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended with its dockerd.
  }
}

/** Deepest first. */
function mountsBelow(folder: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .filter((path) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}
