import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Agent } from "node:http";
import { join } from "node:path";
import type { DockerOptions } from "dockerode";
import { messageOf, UserError } from "../../core/error.ts";
import { readJsonFile } from "./json-file.ts";
import { findPodman } from "./podman.ts";
import { SshAgent } from "./ssh.ts";

/** Where the docker command would look, then where podman would, and why there. */
export interface EngineAddress {
  readonly url: string;
  readonly source: "DOCKER_HOST" | "context" | "CONTAINER_HOST" | "podman" | "default" | "machines";
  /** The folder of `ca.pem`, `cert.pem` and `key.pem`; `null` for TCP without TLS. */
  readonly certificates: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Docker's port for TLS. Whoever names the port means TLS. */
const TLS_PORT = "2376";
const PLAIN_PORT = "2375";

const DOCKER_SOCKET = "/var/run/docker.sock";

/**
 * Finds the engine as the docker command does: `DOCKER_HOST`, then `DOCKER_CONTEXT` or the current context, then the
 * default socket (https://docs.docker.com/reference/cli/docker/context/use/). `CONTAINER_HOST`, which podman obeys, counts
 * more than a context that nobody named now. Without Docker's socket it is podman's own connection or socket.
 */
export function findEngine(
  env: Environment,
  home: string,
  exists: (path: string) => boolean = existsSync,
): EngineAddress {
  const folder = env.DOCKER_CONFIG || join(home, ".docker");
  if (env.DOCKER_HOST) {
    const isTls = Boolean(env.DOCKER_TLS_VERIFY || env.DOCKER_TLS);
    const certificates = isTls ? env.DOCKER_CERT_PATH || folder : null;
    return { url: env.DOCKER_HOST, source: "DOCKER_HOST", certificates };
  }
  if (env.CONTAINER_HOST && !env.DOCKER_CONTEXT) {
    return { url: env.CONTAINER_HOST, source: "CONTAINER_HOST", certificates: null };
  }
  const context = env.DOCKER_CONTEXT || currentContext(folder);
  if (context === undefined || context === "default") {
    const podman =
      exists(DOCKER_SOCKET) || env.DOCKER_CONTEXT ? null : findPodman(env, home, exists);
    return podman === null
      ? { url: `unix://${DOCKER_SOCKET}`, source: "default", certificates: null }
      : { url: podman, source: "podman", certificates: null };
  }
  // The docker command names a context's folder by the digest of its name.
  const digest = createHash("sha256").update(context).digest("hex");
  const meta = readJsonFile(join(folder, "contexts", "meta", digest, "meta.json"));
  const url = hostOf(meta);
  if (url === undefined) {
    throw new UserError(`the docker context "${context}" has no endpoint`, {
      hint: "docker context use default",
    });
  }
  const certificates = join(folder, "contexts", "tls", digest, "docker");
  return { url, source: "context", certificates: existsSync(certificates) ? certificates : null };
}

/** An address that loopty.yaml names. The port for TLS takes the certificates that the docker command would. */
export function namedEngine(
  { url, certificates }: Pick<EngineAddress, "url" | "certificates">,
  env: Environment,
  home: string,
): EngineAddress {
  const isTls = url.startsWith("https:") || url.endsWith(`:${TLS_PORT}`);
  const usual = env.DOCKER_CERT_PATH || env.DOCKER_CONFIG || join(home, ".docker");
  return { url, source: "machines", certificates: certificates ?? (isTls ? usual : null) };
}

/** dockerode's options for an address. The server's certificate is always verified. Throws `UserError`. */
export function dockerOptions(
  { url, source, certificates }: EngineAddress,
  env: Environment,
): DockerOptions & { readonly agent?: Agent } {
  const [scheme = "tcp", rest = ""] = url.includes("://") ? url.split("://", 2) : ["tcp", url];
  if (scheme === "unix" || scheme === "npipe") return { socketPath: rest };
  const { hostname: host, port } = new URL(`${scheme}://${rest}`);
  if (scheme === "ssh") {
    const dialer = source === "CONTAINER_HOST" || source === "podman" ? "podman" : "docker";
    return overAgent(new SshAgent(new URL(url), dialer, env));
  }
  if (certificates !== null || port === TLS_PORT || scheme === "https") {
    const tls = certificates === null ? {} : readCertificates(certificates);
    return { protocol: "https", host, port: port || TLS_PORT, ...tls };
  }
  if (scheme === "tcp" || scheme === "http") {
    return { protocol: "http", host, port: port || PLAIN_PORT };
  }
  throw new UserError(`${url} is no address of an engine that loopty can reach`, {
    hint: "unix://, tcp:// and ssh:// are",
  });
}

/** dockerode's options for an engine that an agent's connections lead to. */
export function overAgent(agent: Agent): DockerOptions & { readonly agent: Agent } {
  // The name stands in the Host header alone.
  return { protocol: "http", host: "docker", port: PLAIN_PORT, agent };
}

/** Those of the three files that exist, by Docker's names. A client that is not verified needs no certificate. */
function readCertificates(folder: string): Pick<DockerOptions, "ca" | "cert" | "key"> {
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) => {
    const path = join(folder, name);
    try {
      return existsSync(path) ? readFileSync(path) : undefined;
    } catch (cause) {
      throw new UserError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
    }
  });
  if ((cert === undefined) !== (key === undefined) || (ca ?? cert) === undefined) {
    const has = [ca && "ca.pem", cert && "cert.pem", key && "key.pem"].filter(Boolean).join(", ");
    throw new UserError(`${folder} has ${has || "no certificates"}`, {
      hint: "TLS takes ca.pem, cert.pem and key.pem from the folder that DOCKER_CERT_PATH names",
    });
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function currentContext(folder: string): string | undefined {
  const config = readJsonFile(join(folder, "config.json"));
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
