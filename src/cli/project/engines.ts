import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { homeMachine } from "../../config/machines.ts";
import { type EngineMachine, machinesSchema } from "../../config/schema/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import { LOCAL_MACHINE } from "../../core/tree/machine.ts";
import { namedEngine } from "../../sandbox/engine/address.ts";
import { connectEngine, connectTo, type Engine } from "../../sandbox/engine/engine.ts";
import type { World } from "../world.ts";
import { readConfig } from "./read-config.ts";
import type { ProjectOptions } from "./stored-project.ts";

/** The engine of the machine that makes the base. */
export function homeEngine(
  world: Pick<World, "env" | "home">,
  config: Pick<Config, "machines">,
): Promise<Engine> {
  return engineAt(world, homeMachine(config));
}

/** Throws `EngineError` where it does not answer. */
export function engineAt(
  { env, home }: Pick<World, "env" | "home">,
  { url, certificates }: Pick<EngineMachine, "url" | "certificates">,
): Promise<Engine> {
  if (url === LOCAL_MACHINE) return connectEngine(env, home);
  return connectTo(namedEngine({ url, certificates }, env, home), env, home);
}

/** The machines of a project whose loopty.yaml may be gone: what is stored outlives it. The first one is home. */
export async function machinesOf(
  world: World,
  options: ProjectOptions,
): Promise<Pick<Config, "machines">> {
  const file = resolve(world.cwd, options.config ?? join(world.cwd, "loopty.yaml"));
  if (!existsSync(file)) return { machines: machinesSchema.parse([LOCAL_MACHINE]) };
  return (await readConfig(world, options)).config;
}
