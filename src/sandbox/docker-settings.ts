import type { Engine } from "./engine/engine.ts";
import type { SandboxSettings } from "./machine.ts";

/** The settings of a run's sandbox, and the engine that they are for. */
export interface DockerSettings extends SandboxSettings {
  readonly engine: Engine;
}

/** The OCI runtime of the containers that may run agent code. */
export function runtimeOf({ engine, limits }: Pick<DockerSettings, "engine" | "limits">): string {
  return limits.runtime ?? engine.defaultRuntime;
}
