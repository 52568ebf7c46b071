import { readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { makeCertificates } from "../remote/certificates.ts";
import { chooseLink, connect, type Link } from "../remote/link.ts";
import { SshServer } from "../remote/ssh-server.ts";
import { SecondEngine } from "../second-engine.ts";
import { Wire } from "./wire.ts";

const TLS_PORT = 2376;

/** How a machine is reached, and how its connections end. */
interface Way extends AsyncDisposable {
  /** Its item of `machines`, without the name. */
  readonly yaml: string;
  /** Lines of a config of ssh, where it needs one. */
  readonly sshConfig: string;
  /** Once the engine runs again. */
  restart(): Promise<void>;
  /** Ends the connections of a process. */
  cut(pid: number): void;
}

/** A machine with an engine of its own behind a network of its own. Both its engine and its connections may be killed. */
export class FarMachine implements AsyncDisposable {
  readonly name: string;
  readonly engine: SecondEngine;
  readonly docker: Docker;
  readonly #link: Link;
  readonly #way: Way;

  private constructor(name: string, engine: SecondEngine, link: Link, way: Way) {
    this.name = name;
    this.engine = engine;
    this.#link = link;
    this.#way = way;
    this.docker = new Docker({ socketPath: engine.env.DOCKER_HOST.slice("unix://".length) });
  }

  /** `folder` is made. */
  static async overSsh(name: string, folder: string): Promise<FarMachine> {
    const link = chooseLink();
    const engine = await SecondEngine.start();
    connect(engine, link);
    return new FarMachine(name, engine, link, await SshWay.open(engine, folder, link.there));
  }

  /** `folder` is made. */
  static async overTls(name: string, folder: string): Promise<FarMachine> {
    const link = chooseLink();
    const certificates = makeCertificates(folder, "127.0.0.1");
    const files = { cacert: "ca.pem", cert: "cert.pem", key: "key.pem" };
    const tls = Object.entries(files).map(
      ([flag, file]) => `--tls${flag}=${join(certificates.server, file)}`,
    );
    const host = `tcp://0.0.0.0:${TLS_PORT}`;
    const engine = await SecondEngine.start({ flags: ["--tlsverify", ...tls, "--host", host] });
    connect(engine, link);
    const wire = await Wire.to(link.there, TLS_PORT);
    const way: Way = {
      yaml: `url: "tcp://127.0.0.1:${wire.port}", certificates: ${certificates.client}`,
      sshConfig: "",
      restart: async () => {},
      cut: () => wire.cut(),
      [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
    };
    return new FarMachine(name, engine, link, way);
  }

  get yaml(): string {
    return `{ ${this.#way.yaml}, name: ${this.name}, parallel: 1 }`;
  }

  get sshConfig(): string {
    return this.#way.sshConfig;
  }

  kill(): Promise<void> {
    return this.engine.kill();
  }

  /** After it was killed. */
  async restart(): Promise<void> {
    await this.engine.start();
    connect(this.engine, this.#link);
    await this.#way.restart();
  }

  cut(pid: number): void {
    this.#way.cut(pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#way[Symbol.asyncDispose]();
    await this.engine[Symbol.asyncDispose]();
  }
}

class SshWay implements Way {
  readonly #engine: SecondEngine;
  readonly #folder: string;
  readonly #address: string;
  #server: SshServer;

  private constructor(engine: SecondEngine, folder: string, address: string, server: SshServer) {
    this.#engine = engine;
    this.#folder = folder;
    this.#address = address;
    this.#server = server;
  }

  static async open(engine: SecondEngine, folder: string, address: string): Promise<SshWay> {
    return new SshWay(engine, folder, address, await SshServer.start(engine, folder, address));
  }

  get yaml(): string {
    return `url: "ssh://root@${this.#address}"`;
  }

  get sshConfig(): string {
    const lines = [
      `IdentityFile ${join(this.#folder, "user")}`,
      "IdentitiesOnly yes",
      "IdentityAgent none",
      `UserKnownHostsFile ${join(this.#folder, "known_hosts")}`,
      "GlobalKnownHostsFile none",
    ];
    return `Host ${this.#address}\n${lines.map((line) => `  ${line}\n`).join("")}`;
  }

  async restart(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#server = await SshServer.start(this.#engine, this.#folder, this.#address);
  }

  cut(pid: number): void {
    for (const child of childrenOf(pid)) {
      if (commandOf(child).includes(this.#address)) process.kill(child, "SIGKILL");
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

/** Of its first thread, which starts all of a Node program. */
function childrenOf(pid: number): number[] {
  const listing = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return listing.split(" ").filter(Boolean).map(Number);
}

function commandOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
