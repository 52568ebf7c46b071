import type { Agent } from "node:http";
import { cpus } from "node:os";
import Docker, { type DockerOptions } from "dockerode";
import { EngineError, messageOf, UserError } from "../../core/error.ts";
import { type CgroupHost, findCgroups, thisHost } from "../cgroup/host.ts";
import { dockerOptions, type EngineAddress, findEngine, overAgent } from "./address.ts";
import { atLeast, type EngineFacts, readFacts } from "./facts.ts";
import { findProxies, type Proxies } from "./proxies.ts";
import { failCutAnswers } from "./whole-answer.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A container engine that answered. Facts are read once, as an engine that changes under a run is a new engine. */
export interface Engine extends EngineFacts {
  readonly docker: Docker;
  readonly url: string;
  /** Of this machine. */
  readonly cpuModel: string;
  /** For the user's own `setup` and image builds, and never for what runs agent code. */
  readonly proxies: Proxies;
  /** `null` unless the engine runs on this machine. */
  readonly cgroups: CgroupHost | null;
}

type Reached = Pick<EngineAddress, "url" | "certificates">;

/** Docker 20.10, the oldest engine that everything was tried with. */
const OLDEST_API = [1, 41] as const;
/** An engine that is busy with another's images takes seconds. */
const ANSWER_MS = 60_000;

/** Connects to the engine. Throws `EngineError` when nothing answers, or something too old. */
export async function connectEngine(
  env: Environment,
  home: string,
  answerMs = ANSWER_MS,
): Promise<Engine> {
  return connectTo(findEngine(env, home), env, home, answerMs);
}

/** Connects to the engine at an address. */
export async function connectTo(
  address: EngineAddress,
  env: Environment,
  home: string,
  answerMs = ANSWER_MS,
): Promise<Engine> {
  const client = (options: DockerOptions) => clientOf(address, env, options);
  const engine = await askEngine(address, client, answerMs);
  return { ...knownEngine(engine), proxies: findProxies(env, home, address.url) };
}

/**
 * Connects to an engine over connections that the agent makes. `url` is what people and records call it. Throws
 * `EngineError` as `connectEngine` does.
 */
export async function connectEngineOver(
  agent: Agent,
  url: string,
  env: Environment,
  home: string,
  answerMs = ANSWER_MS,
): Promise<Engine> {
  const client = (options: DockerOptions) =>
    failCutAnswers(new Docker({ ...overAgent(agent), ...options }));
  const engine = await askEngine({ url, certificates: null }, client, answerMs);
  return { ...knownEngine(engine), proxies: findProxies(env, home, url) };
}

/** Throws `EngineError` for one that is too old. */
function knownEngine(engine: Omit<Engine, "proxies">): Omit<Engine, "proxies"> {
  if (atLeast(engine.apiVersion, ...OLDEST_API)) return engine;
  throw new EngineError(
    `the container engine at ${engine.url} is too old: version ${engine.version}, API ${engine.apiVersion}`,
    { hint: `update it: API ${OLDEST_API.join(".")} (Docker 20.10) is the oldest that will do` },
  );
}

async function askEngine(
  address: Reached,
  client: (options: DockerOptions) => Docker,
  answerMs: number,
): Promise<Omit<Engine, "proxies">> {
  // Once the engine has answered, its client waits as long as needed, for example for a container's end.
  const docker = client({});
  const asking = client({ timeout: answerMs });
  try {
    // Types are the client's promise, and anything may listen there.
    const facts = readFacts(...(await Promise.all([asking.version(), asking.info()])));
    if (facts === null) throw new Error("what answers is another server");
    return {
      ...facts,
      docker,
      url: address.url,
      cpuModel: cpus()[0]?.model.trim() ?? "unknown",
      cgroups: findCgroups({ ...facts, url: address.url }, thisHost()),
    };
  } catch (cause) {
    throw new EngineError(`no container engine answers at ${address.url}: ${messageOf(cause)}`, {
      hint: hintFor(cause, address),
      cause,
    });
  }
}

function hintFor(cause: unknown, { certificates }: Reached): string {
  if (cause instanceof EngineError && cause.hint !== undefined) return cause.hint;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  // An engine that does not accept a client's certificate may just hang up.
  const hungUp = certificates !== null && ["ECONNRESET", "EPIPE"].includes(code);
  return hungUp || /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_/.test(code)
    ? "DOCKER_CERT_PATH names the folder of ca.pem, cert.pem and key.pem; the engine's certificate must name its host"
    : "start Docker, or set DOCKER_HOST; `loopty doctor` says more";
}

function clientOf(address: EngineAddress, env: Environment, options: DockerOptions): Docker {
  try {
    return failCutAnswers(new Docker({ ...dockerOptions(address, env), ...options }));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${address.url} is no address of an engine: ${messageOf(cause)}`, {
      hint: "see DOCKER_HOST, DOCKER_CERT_PATH, or `docker context inspect`",
      cause,
    });
  }
}

/** What the engine said, when this is an answer of the engine or a broken connection to it; else `null`. */
export function engineFailure(error: unknown): EngineError | null {
  if (error instanceof EngineError) return error;
  if (!(error instanceof Error)) return null;
  const status = "statusCode" in error ? error.statusCode : undefined;
  const code = "code" in error ? String(error.code) : "";
  const broken = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT"].includes(code);
  const dialled =
    "syscall" in error && ["connect", "read", "write"].includes(String(error.syscall));
  if (typeof status !== "number" && !(broken && dialled) && error.message !== "socket hang up") {
    return null;
  }
  const isFull = /no space left on device/.test(error.message);
  return new EngineError(`the container engine failed: ${error.message}`, {
    ...(isFull
      ? { hint: "its disk is full: `docker system df` and `loopty clean` make room" }
      : {}),
    cause: error,
  });
}

/** Whether the engine says that the thing asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404);
}

/** Whether the engine says that it was asked for nonsense. */
export function isBadRequest(error: unknown): boolean {
  return hasStatus(error, 400);
}

/** Whether the engine says that the thing is in use, or in a state that does not allow what was asked. */
export function isConflict(error: unknown): boolean {
  return hasStatus(error, 409);
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && "statusCode" in error && error.statusCode === status;
}
