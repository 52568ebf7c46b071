// Where the Docker engine listens, found as the docker command finds it: DOCKER_HOST, then the current context, then
// the default socket. Reads files, changes nothing.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";

const DEFAULT_URL = "unix:///var/run/docker.sock";

/**
 * @typedef {{ca?: Buffer, cert?: Buffer, key?: Buffer, rejectUnauthorized: boolean}} Tls
 * @typedef {{origin: string, isDefault: boolean, url: string, socketPath?: string, host?: string, port?: number, tls?: Tls}} EngineAddress
 */

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} home
 * @returns {EngineAddress}
 */
export function findEngineAddress(env, home) {
  const configFolder = env.DOCKER_CONFIG || join(home, ".docker");
  if (env.DOCKER_HOST) {
    const verify = Boolean(env.DOCKER_TLS_VERIFY);
    const wantsTls = verify || Boolean(env.DOCKER_TLS);
    const tls = wantsTls ? readTls(env.DOCKER_CERT_PATH || configFolder, verify) : undefined;
    return address("DOCKER_HOST", env.DOCKER_HOST, tls);
  }
  if (env.CONTAINER_HOST && !env.DOCKER_CONTEXT) {
    return address("CONTAINER_HOST", env.CONTAINER_HOST);
  }
  const context = env.DOCKER_CONTEXT || currentContext(configFolder);
  if (context && context !== "default") return contextAddress(configFolder, context);
  return { ...address("the default socket", DEFAULT_URL), isDefault: true };
}

/** @param {string} configFolder @returns {string | undefined} */
function currentContext(configFolder) {
  return readJson(join(configFolder, "config.json"))?.currentContext;
}

/** @param {string} configFolder @param {string} name */
function contextAddress(configFolder, name) {
  // The docker command files a context under the hash of its name.
  const folder = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(configFolder, "contexts", "meta", folder, "meta.json"));
  const endpoint = meta?.Endpoints?.docker;
  if (!endpoint?.Host) {
    throw new SetupError(
      `the current docker context "${name}" does not exist`,
      "Choose one that does: `docker context ls`, then `docker context use NAME`, or unset DOCKER_CONTEXT.",
    );
  }
  const tlsFolder = join(configFolder, "contexts", "tls", folder, "docker");
  const tls = existsSync(tlsFolder) ? readTls(tlsFolder, !endpoint.SkipTLSVerify) : undefined;
  return address(`docker context "${name}"`, endpoint.Host, tls);
}

/** @param {string} origin @param {string} url @param {Tls} [tls] @returns {EngineAddress} */
function address(origin, url, tls) {
  const [, scheme = "tcp", rest = ""] = /^(?:(\w+):\/\/)?(.*)$/.exec(url) ?? [];
  if (scheme === "unix") return { origin, isDefault: false, url, socketPath: rest };
  if (scheme === "tcp" || scheme === "http" || scheme === "https") {
    const [, host, port] = /^(\[[^\]]*\]|[^:/]*)(?::(\d+))?/.exec(rest) ?? [];
    return {
      origin,
      isDefault: false,
      url,
      host: host?.replace(/^\[|\]$/g, "") || "localhost",
      port: Number(port ?? (tls ? 2376 : 2375)),
      ...(tls && { tls }),
    };
  }
  throw new SetupError(
    `${origin} is ${url}, and only unix:// and tcp:// addresses are supported`,
    "For ssh, forward the socket: `ssh -NL /tmp/engine.sock:/var/run/docker.sock HOST`, then DOCKER_HOST=unix:///tmp/engine.sock.",
  );
}

/** @param {string} folder @param {boolean} rejectUnauthorized @returns {Tls} */
function readTls(folder, rejectUnauthorized) {
  const read = (/** @type {string} */ name) => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path) : undefined;
  };
  const [ca, cert, key] = [read("ca.pem"), read("cert.pem"), read("key.pem")];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), rejectUnauthorized };
}

/** @param {string} path */
function readJson(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new SetupError(`${path} is not valid JSON`, "Repair or remove that file.");
  }
}
