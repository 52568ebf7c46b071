import { type LoadedConfig, loadConfig } from "../../config/load.ts";
import { parseMachines } from "../../config/machines.ts";
import type { World } from "../world.ts";
import type { ProjectOptions } from "./stored-project.ts";

/** How a command reads loopty.yaml. */
export interface ConfigOptions extends ProjectOptions {
  /** Addresses, split by commas, that take the place of loopty.yaml's machines. */
  readonly machines?: string | undefined;
}

export async function readConfig(
  { cwd }: World,
  { config, machines }: ConfigOptions,
): Promise<LoadedConfig> {
  const file = config === undefined ? {} : { file: config };
  const loaded = await loadConfig({ directory: cwd, ...file });
  if (machines === undefined) return loaded;
  return { ...loaded, config: { ...loaded.config, machines: parseMachines(machines) } };
}
