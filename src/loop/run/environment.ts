import { homeMachine } from "../../config/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { Machine } from "../../sandbox/machine.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { chosenCpus } from "./sandbox-settings.ts";

/** What a run records of the machine that makes its base. */
export function environmentOf(
  { machine, config }: { readonly machine: Pick<Machine, "facts">; readonly config: Config },
  { gpus }: Pick<Sandbox, "gpus">,
): Record<string, unknown> {
  const cpus = homeMachine(config);
  const { agent, measure } = chosenCpus({ config, machine, cpus });
  return {
    engine: machine.facts.recorded,
    cpus: { agent, measure: cpus.measureCpus ?? config.sandbox.measureCpus ?? measure[0] },
    ...(gpus.length === 0 ? {} : { gpus }),
    node: process.version,
  };
}
