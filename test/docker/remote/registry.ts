import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SecondEngine } from "../second-engine.ts";
import { debianProgram } from "./debian-program.ts";

const START_MS = 20_000;

/**
 * Debian's registry on loopback, here and where a second engine runs: one process each, with one folder. Engines take plain HTTP
 * from loopback alone.
 */
export class Registry implements AsyncDisposable {
  readonly host: string;
  readonly #folder: string;
  readonly #servers: readonly ChildProcess[];

  private constructor(host: string, folder: string, servers: readonly ChildProcess[]) {
    this.host = host;
    this.#folder = folder;
    this.#servers = servers;
  }

  static async start(engine: SecondEngine): Promise<Registry> {
    const program = debianProgram("/usr/bin/docker-registry", "docker-registry");
    const folder = mkdtempSync(join(tmpdir(), "loopty-registry-"));
    const host = `127.0.0.1:${await freePort()}`;
    const config = join(folder, "config.yml");
    const storage = `{ filesystem: { rootdirectory: ${join(folder, "data")} } }`;
    writeFileSync(
      config,
      `version: 0.1\nlog: { level: warn }\nstorage: ${storage}\nhttp: { addr: "${host}" }\n`,
    );
    const servers = [[], engine.inside].map((prefix) => {
      const [command = "", ...args] = [...prefix, program, "serve", config];
      return spawn(command, args, { stdio: "ignore" });
    });
    const registry = new Registry(host, folder, servers);
    for (const startMs = performance.now(); !(await answers(host)); await sleep(100)) {
      if (performance.now() - startMs < START_MS) continue;
      await registry[Symbol.asyncDispose]();
      throw new Error(`${program} does not answer at ${host}`);
    }
    return registry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      if (server.exitCode !== null) continue;
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function answers(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
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
