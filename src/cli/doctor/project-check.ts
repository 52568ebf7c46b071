import { chooseAgent } from "../../agent/choose.ts";
import type { Config } from "../../config/schema/schema.ts";
import { cpusOf, shareCpus } from "../../core/cpuset.ts";
import { formatCounted } from "../../core/text/number.ts";
import type { DividedWorkspace } from "../../loop/origin/workspace.ts";
import { SIDE_CHANNEL_HINT, sideChannel } from "../../loop/run/side-channel.ts";
import { chooseCpus } from "../../sandbox/cpus.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import type { World } from "../world.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** Throws `UserError` for an agent that cannot be had, such as one without its key. */
export async function checkAgent(config: Config, world: World): Promise<Check> {
  await chooseAgent(config, world.env);
  return ok("agent", config.agent.kind);
}

export function checkWorkspace(workspace: DividedWorkspace): Check {
  const { protectedFiles, writableFiles, hidden, warnings } = workspace;
  const text =
    `${writableFiles.length} writable, ${protectedFiles.length} readable, ` +
    `${formatCounted(hidden.length, "hidden file")} in ${workspace.root}`;
  return warnings.length === 0
    ? ok("workspace", text)
    : warn(
        "workspace",
        `${text}; ${warnings.join("; ")}`,
        "the files above may be more than wanted",
      );
}

/** Says nothing where there is nothing to say. */
export function checkSideChannel(config: Config): Check[] {
  const channel = sideChannel(config);
  return channel === null ? [] : [warn("hidden files", channel, SIDE_CHANNEL_HINT)];
}

/** Measured containers should not share a cpu with agents, and can only have cpus that exist. */
export function checkCpus({ sandbox }: Config, { cpuCount }: Pick<Engine, "cpuCount">): Check {
  const { agent, measure } = chooseCpus(cpuCount, sandbox);
  const of = formatCounted(cpuCount, "cpu");
  const text = `agents on ${agent}, measuring on ${measure.join(" and on ")} of ${of}`;
  if (cpusOf([agent, ...measure].join()).some((cpu) => cpu >= cpuCount)) {
    const hint = `sandbox.agent_cpus and measure_cpus may name 0 to ${cpuCount - 1}`;
    return fail("cpus", `${text}: there are not so many`, hint);
  }
  const hint = "agents are paused for each pair, which takes twice as long; give measuring its own";
  return shareCpus(agent, measure.join())
    ? warn("cpus", `${text}: they share`, hint)
    : ok("cpus", text);
}
