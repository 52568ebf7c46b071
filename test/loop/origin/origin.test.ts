import { describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import { originOf } from "../../../src/loop/origin/origin.ts";
import { gitRepositories } from "../../../src/store/git/repositories.ts";
import { openProject } from "../../../src/store/project.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { type StoredNodeSpec, storeRun } from "../../cli/stored-run.ts";
import { SEARCH_PATH, scratchFolder } from "../../store/scratch.ts";

const ACCESS = { writable: ["src/"], readable: [], hidden: [], default: "readable" };
const RUN_1: readonly StoredNodeSpec[] = [
  { id: "1", files: { "src/a.c": "a" } },
  { id: "1.1", fields: { verdict: "improved" }, files: { "src/a.c": "b", "src/run.sh!": "#" } },
  { id: "1.2", fields: { verdict: "abandoned" } },
  { id: "1.3", fields: { phase: "proposed", finishedAt: null }, files: { "src/a.c": "c" } },
];

async function projectWith(...runs: readonly Parameters<typeof storeRun>[3][]) {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, RUN_1, {}, { config: { access: ACCESS } });
  for (const start of runs) {
    await storeRun(world, [{ id: "2", files: { "src/a.c": "z" } }], {}, start);
  }
  return openProject(world.cwd, world);
}

const REPOSITORIES = gitRepositories(SEARCH_PATH);

describe("the node that a run starts from", () => {
  it("has its files from the store, with what its agent could change", async () => {
    const origin = await originOf(await projectWith(), REPOSITORIES, parseId("1.1"));
    expect(origin?.id).toBe("1.1");
    expect(origin?.layers.map(({ files }) => files)).toEqual([
      [
        { path: "src/a.c", mode: "100644", content: Buffer.from("b") },
        { path: "src/run.sh", mode: "100755", content: Buffer.from("#") },
      ],
    ]);
    expect(origin?.layers[0]?.accessOf("src/new.c")).toBe("writable");
    expect(origin?.layers[0]?.accessOf("Makefile")).toBe("readable");
  });

  it("stands on the node that its own run started from", async () => {
    const start = {
      from: parseId("1.1"),
      config: { access: { ...ACCESS, writable: ["src/a.c"] } },
    };
    const project = await projectWith(start);
    const origin = await originOf(project, REPOSITORIES, parseId("2"));
    expect(origin?.layers.map(({ files }) => files.length)).toEqual([2, 1]);
    expect(origin?.layers[1]?.accessOf("src/run.sh")).toBe("readable");
  });

  it("is none for the workspace", async () => {
    expect(await originOf(await projectWith(), REPOSITORIES, null)).toBeNull();
  });

  it.each([
    ["1.2", "1.2 has no files to start from: abandoned"],
    ["1.3", "1.3 has no files to start from: not finished"],
    ["1.9", "there is no node 1.9"],
    ["7.1", "there is no run 7"],
  ])("is refused for %s: %s", async (id, message) => {
    const origin = originOf(await projectWith(), REPOSITORIES, parseId(id));
    await expect(origin).rejects.toMatchObject({ name: "UserError", message });
  });

  it("is refused where nobody can read what its run let an agent change", async () => {
    const project = await projectWith({ config: { access: { writable: 5 } } });
    await expect(originOf(project, REPOSITORIES, parseId("2"))).rejects.toMatchObject({
      name: "UserError",
      message: "the access rules of run 2 cannot be read: another version wrote them",
    });
  });

  it("cannot be of the run itself or a later one", async () => {
    const project = projectWith({ from: parseId("2") });
    await expect(project).rejects.toThrow("from");
  });
});
