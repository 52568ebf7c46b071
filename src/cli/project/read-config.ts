import { type LoadedConfig, loadConfig } from "../../config/load.ts";
import type { World } from "../world.ts";
import type { ProjectOptions } from "./stored-project.ts";

export function readConfig({ cwd }: World, { config }: ProjectOptions): Promise<LoadedConfig> {
  return loadConfig({ directory: cwd, ...(config === undefined ? {} : { file: config }) });
}
