import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SecondEngine } from "../second-engine.ts";
import { debianProgram } from "./debian-program.ts";

const START_MS = 20_000;
const PORT = 22;

/** Debian's sshd on the machine of a second engine, and a user here who may log in with a key. */
export class SshServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #address: string;
  readonly #server: ChildProcess;

  private constructor(folder: string, address: string, server: ChildProcess) {
    this.#folder = folder;
    this.#address = address;
    this.#server = server;
  }

  /** `folder` is made, and must be seen from both machines. One that is there already has the keys of a server before. */
  static async start(engine: SecondEngine, folder: string, address: string): Promise<SshServer> {
    const sshd = debianProgram("/usr/sbin/sshd", "openssh-server");
    const isNew = mkdirSync(folder, { recursive: true }) !== undefined;
    // sshd wants it, and Debian's service makes it.
    mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    for (const name of isNew ? ["host", "user", "stranger"] : []) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
    }
    writeFileSync(join(folder, "authorized_keys"), readFileSync(join(folder, "user.pub")));
    const config = join(folder, "sshd_config");
    const lines = [
      `ListenAddress ${address}:${PORT}`,
      `HostKey ${join(folder, "host")}`,
      `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      // What a login on that machine finds at the default place.
      `SetEnv DOCKER_HOST=${engine.env.DOCKER_HOST} PATH=${process.env.PATH}`,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    const [command = "", ...args] = [...engine.inside, sshd, "-D", "-e", "-f", config];
    let said = "";
    const server = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    server.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    for (const startMs = performance.now(); !said.includes("Server listening"); await sleep(50)) {
      if (server.exitCode === null && performance.now() - startMs < START_MS) continue;
      throw new Error(`sshd does not start:\n${said}`);
    }
    const ssh = new SshServer(folder, address, server);
    ssh.know(readFileSync(join(folder, "host.pub"), "utf8"));
    return ssh;
  }

  /** `key`: which of the keys the user here has. */
  env(key: "user" | "stranger" = "user"): { readonly DOCKER_HOST: string; readonly PATH: string } {
    // ssh reads the home of the account, whatever HOME says: the user's own config is given by the command instead.
    const bin = join(this.#folder, `bin-${key}`);
    const config = join(bin, "config");
    mkdirSync(bin, { recursive: true });
    const lines = [
      `IdentityFile ${join(this.#folder, key)}`,
      "IdentitiesOnly yes",
      "IdentityAgent none",
      `UserKnownHostsFile ${this.#knownHosts}`,
      "GlobalKnownHostsFile none",
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    const program = join(bin, "ssh");
    writeFileSync(program, `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`);
    chmodSync(program, 0o755);
    return {
      DOCKER_HOST: `ssh://root@${this.#address}`,
      PATH: `${bin}:${process.env.PATH}`,
    };
  }

  /** The one key that the user here knows the server by; `null` where they never met. */
  know(key: string | null): void {
    writeFileSync(this.#knownHosts, key === null ? "" : `${this.#address} ${key}`);
  }

  get #knownHosts(): string {
    return join(this.#folder, "known_hosts");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#server.once("exit", resolve));
    this.#server.kill("SIGTERM");
    await ended;
  }
}
