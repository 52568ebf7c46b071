import { describe, expect, it } from "vitest";
import { findNode, requireProject } from "../../../src/cli/project/stored-project.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { fakeWorld } from "../fake-world.ts";
import { storeRun } from "../stored-run.ts";

async function idOf(text: string): Promise<string> {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, [{ id: "1" }, { id: "1.1" }]);
  const gained = { verdict: "confirmed", logGainFromRoot: { time_ms: 1 } } as const;
  await storeRun(world, [
    { id: "2" },
    { id: "2.1", fields: gained },
    { id: "2.3" },
    { id: "2.1.3" },
    { id: "2.1.12" },
  ]);
  return (await findNode(await requireProject(world, {}), text)).node.id;
}

describe("findNode", () => {
  it.each([
    ["1.1", "1.1"],
    ["1", "1"],
    ["champion", "2.1"],
    ["best", "2.1"],
    ["root", "2"],
    ["last", "2.1.12"],
    ["12", "2.1.12"],
    [" 1.12 ", "2.1.12"],
  ])(
    "takes %s for %s: an id of any run, else a name or an end of an id of the last",
    async (text, id) => {
      expect(await idOf(text)).toBe(id);
    },
  );

  it("refuses what could be several nodes, naming them", async () => {
    await expect(idOf("3")).rejects.toMatchObject({
      message: "3 is the end of several ids",
      hint: "such as 2.3, 2.1.3",
    });
  });

  it("refuses what is no node", async () => {
    await expect(idOf("1.7")).rejects.toThrow("there is no node 1.7");
    await expect(idOf("newest")).rejects.toMatchObject({
      message: '"newest" is not a node id',
      hint: "an id looks like 1 or 1.3.2; champion, best, root and last are nodes of the last run",
    });
  });
});
