import type { MachineEntry } from "../../config/schema/machines.ts";
import type { SlurmMachines } from "../../config/schema/slurm.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { partitionsOf } from "../../sandbox/machines/slurm/programs.ts";
import { engineAt } from "../project/engines.ts";
import type { World } from "../world.ts";
import { type Check, failureCheck, ok, warn } from "./check.ts";

/** Looks at a machine behind the first one. A run works without it until it answers. */
export async function checkFurther(
  world: Pick<World, "env" | "home">,
  machine: MachineEntry,
): Promise<Check> {
  const { name } = machine;
  try {
    if (machine.kind === "slurm") return await checkSlurm(world, machine);
    const { version, url } = await engineAt(world, machine);
    return ok("machine", `${name}: ${version}, at ${url}`);
  } catch (error) {
    const { text, hint } = failureCheck("machine", error);
    return warn("machine", `${name}: ${text}`, hint ?? "a run works without it until it answers");
  }
}

async function checkSlurm(
  { env }: Pick<World, "env">,
  { name, partition, maxNodes }: SlurmMachines,
): Promise<Check> {
  const partitions = await partitionsOf(env);
  const there = printable(partitions.join(", "), 200);
  if (partition?.split(",").some((each) => !partitions.includes(each))) {
    return warn("machine", `${name}: Slurm has no partition ${partition}`, `it has ${there}`);
  }
  return ok(
    "machine",
    `${name}: at most ${formatCounted(maxNodes, "node")} of ${partition ?? there}`,
  );
}
