import type { Config } from "../config/schema.ts";
import { formatCounted } from "../core/number-text.ts";
import type { DividedWorkspace } from "../loop/workspace.ts";
import type { Engine } from "../sandbox/engine.ts";
import { defaultCpuSets } from "../sandbox/scope.ts";
import { chooseAgent } from "./agent-choice.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import type { World } from "./world.ts";

/** Throws `UserError` for an agent that cannot be had, such as one without its key. */
export async function checkAgent(config: Config, world: World): Promise<Check> {
  await chooseAgent(config, world);
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

/** Measured containers should not share a cpu with agents, and can only have those that there are. */
export function checkCpus({ sandbox }: Config, { cpuCount }: Pick<Engine, "cpuCount">): Check {
  const found = defaultCpuSets(cpuCount);
  const agent = sandbox.agentCpus ?? found.agent;
  const measure = sandbox.measureCpus ?? found.measure;
  const text = `agents on ${agent}, measuring on ${measure} of ${formatCounted(cpuCount, "cpu")}`;
  const all = cpusOf(`${agent},${measure}`);
  if (all.some((cpu) => cpu >= cpuCount)) {
    const hint = `sandbox.agent_cpus and measure_cpus may name 0 to ${cpuCount - 1}`;
    return fail("cpus", `${text}: there are not so many`, hint);
  }
  return new Set(all).size < all.length
    ? warn("cpus", `${text}: they share`, "measuring is steadier on a cpu of its own")
    : ok("cpus", text);
}

/** The cpus of a set such as `0-2,5`. */
function cpusOf(set: string): number[] {
  return set.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
