import { cpus } from "node:os";
import Docker from "dockerode";
import { EngineError, messageOf } from "../core/error.ts";
import { dockerOptions, findEngine } from "./address.ts";

/** A container engine that answered. Facts are read once: an engine that changes under a run is a new engine. */
export interface Engine {
  readonly docker: Docker;
  readonly url: string;
  readonly id: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly runcVersion: string;
  readonly storageDriver: string;
  readonly cgroupVersion: string;
  readonly kernel: string;
  readonly cpuCount: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  /** Whether a mount may name a folder of a volume (`VolumeOptions.Subpath`, API 1.45); older engines ignore it silently. */
  readonly mountsSubpaths: boolean;
}

/** Throws `EngineError` when nothing answers. */
export async function connectEngine(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Promise<Engine> {
  const address = findEngine(env, home);
  const docker = new Docker(dockerOptions(address));
  try {
    const [version, info] = await Promise.all([docker.version(), docker.info()]);
    return {
      docker,
      url: address.url,
      id: String(info.ID),
      version: version.Version,
      apiVersion: version.ApiVersion,
      runcVersion: version.Components?.find((part) => part.Name === "runc")?.Version ?? "unknown",
      storageDriver: String(info.Driver),
      cgroupVersion: String(info.CgroupVersion ?? "1"),
      kernel: String(info.KernelVersion),
      cpuCount: Number(info.NCPU),
      cpuModel: cpus()[0]?.model.trim() ?? "unknown",
      memoryBytes: Number(info.MemTotal),
      mountsSubpaths: atLeast(version.ApiVersion, 1, 45),
    };
  } catch (cause) {
    throw new EngineError(`no container engine answers at ${address.url}: ${messageOf(cause)}`, {
      hint: "start Docker, or set DOCKER_HOST; `loopty doctor` says more",
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
  return new EngineError(`the container engine failed: ${error.message}`, { cause: error });
}

/** Whether the engine says that the thing asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404);
}

/** Whether the engine says that the thing is in use, or in a state that does not allow what was asked. */
export function isConflict(error: unknown): boolean {
  return hasStatus(error, 409);
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && "statusCode" in error && error.statusCode === status;
}

function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}
