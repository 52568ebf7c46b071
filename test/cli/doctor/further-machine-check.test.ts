import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkFurther } from "../../../src/cli/doctor/further-machine-check.ts";
import { machinesOf } from "../../sandbox/machines/slurm/machines.ts";
import { scratchFolder } from "../../store/scratch.ts";

/** A world whose `sinfo` is a script. */
function worldWith(script: string) {
  const folder = scratchFolder();
  const path = join(folder, "sinfo");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return { env: { PATH: `${folder}:${process.env.PATH}` }, home: "/nowhere" };
}

const withPartitions = () => worldWith("printf 'short\\nlong\\nshort\\n'");

describe("doctor, of machines that Slurm lends", () => {
  it("names the partitions that they may come from", async () => {
    const machines = machinesOf({ max_nodes: 2 });
    expect(await checkFurther(withPartitions(), machines)).toMatchObject({
      state: "ok",
      text: "slurm: at most 2 nodes of short, long",
    });
  });

  it("warns of a partition that does not exist", async () => {
    const machines = machinesOf({ partition: "night" });
    expect(await checkFurther(withPartitions(), machines)).toMatchObject({
      state: "warn",
      text: "slurm: Slurm has no partition night",
      hint: "it has short, long",
    });
  });

  it("warns in Slurm's words where its controller does not answer", async () => {
    const world = worldWith(
      "echo 'slurm_load_partitions: Unable to contact slurm controller' >&2; exit 1",
    );
    expect(await checkFurther(world, machinesOf({}))).toMatchObject({
      state: "warn",
      text: "slurm: sinfo failed: slurm_load_partitions: Unable to contact slurm controller",
      hint: "`scontrol ping` says whether Slurm's controller is up",
    });
  });
});
