import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DockerOptions } from "dockerode";
import { UserError } from "../core/error.ts";

/** Where the docker command would look, and why there. */
export interface EngineAddress {
  readonly url: string;
  readonly source: "DOCKER_HOST" | "context" | "default";
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the engine as the docker command does: `DOCKER_HOST`, then `DOCKER_CONTEXT` or the current context, then the
 * default socket (https://docs.docker.com/reference/cli/docker/context/use/).
 */
export function findEngine(env: Environment, home: string): EngineAddress {
  if (env.DOCKER_HOST) return { url: env.DOCKER_HOST, source: "DOCKER_HOST" };
  const folder = env.DOCKER_CONFIG ?? join(home, ".docker");
  const context = env.DOCKER_CONTEXT ?? currentContext(folder);
  if (context === undefined || context === "default") {
    return { url: "unix:///var/run/docker.sock", source: "default" };
  }
  // The docker command names a context's folder by the digest of its name.
  const digest = createHash("sha256").update(context).digest("hex");
  const meta = readJson(join(folder, "contexts", "meta", digest, "meta.json"));
  const url = hostOf(meta);
  if (url === undefined) {
    throw new UserError(`the docker context "${context}" has no endpoint`, {
      hint: "docker context use default",
    });
  }
  return { url, source: "context" };
}

/** dockerode's options for an address. TLS comes from `DOCKER_CERT_PATH`, which dockerode reads for itself. */
export function dockerOptions(address: EngineAddress): DockerOptions {
  const url = address.url.includes("://") ? address.url : `tcp://${address.url}`;
  if (url.startsWith("unix://")) return { socketPath: url.slice("unix://".length) };
  if (address.source === "DOCKER_HOST") return {};
  const { protocol, hostname, port, username } = new URL(url);
  if (protocol === "ssh:") {
    return { protocol: "ssh", host: hostname, username, ...(port === "" ? {} : { port }) };
  }
  return { protocol: port === "2376" ? "https" : "http", host: hostname, port: port || "2375" };
}

function currentContext(folder: string): string | undefined {
  const config = readJson(join(folder, "config.json"));
  const name = field(config, "currentContext");
  return typeof name === "string" && name !== "" ? name : undefined;
}

function hostOf(meta: unknown): string | undefined {
  const host = field(field(field(meta, "Endpoints"), "docker"), "Host");
  return typeof host === "string" ? host : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
