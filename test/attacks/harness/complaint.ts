import { join } from "node:path";
import { diff } from "../../../src/cli/commands/looking/diff.ts";
import { show } from "../../../src/cli/commands/looking/show.ts";
import { tree } from "../../../src/cli/commands/looking/tree.ts";
import { exportNode } from "../../../src/cli/commands/taking/export.ts";
import { reportFailure } from "../../../src/cli/exit.ts";
import { type FakeWorld, fakeWorld } from "../../cli/fake-world.ts";
import { storeRun } from "../../cli/stored-run.ts";
import { scratchFolder } from "../../store/scratch.ts";

type Command = (world: FakeWorld) => Promise<unknown>;

/** A run of two nodes on disk, and the paths of its files. */
export async function newRun() {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, [
    { id: "1", files: { "a.c": "a\n" } },
    {
      id: "1.1",
      files: { "a.c": "b\n" },
      fields: { verdict: "improved", metrics: { time_ms: 9 } },
    },
  ]);
  return { world, at: (path: string) => join(world.cwd, ".loopty", path) };
}

/** Exit code and complaint of a command, or `done`. */
export async function complaintOf({ cwd }: FakeWorld, command: Command): Promise<string> {
  const world = fakeWorld(cwd);
  try {
    await command(world);
    return "done";
  } catch (error) {
    return `${await reportFailure(error, world)} ${world.stderr.text}`;
  }
}

/** Commands that read a run, each by other ways. */
export const READING: readonly Command[] = [
  (world) => tree(world, {}),
  (world) => show(world, { id: "1.1" }),
  (world) => diff(world, { id: "1.1" }),
  (world) => exportNode(world, { id: "1.1", patch: "-" }),
];
