import { describe, expect, it } from "vitest";
import { compileAccess } from "../../../src/core/access/policy.ts";
import { UserError } from "../../../src/core/error.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { placeOrigin } from "../../../src/loop/origin/placement.ts";
import { workspaceFiles } from "../../cli/stored-run.ts";
import { addFiles } from "../../config/folder-tree.ts";
import { scratchFolder } from "../../store/scratch.ts";

function access(writable: readonly string[], hidden: readonly string[] = []) {
  return compileAccess({ writable, readable: [], hidden, default: "readable" });
}

/** @param layers what each run could change, and the files of its node */
async function place(
  workspace: Readonly<Record<string, string>>,
  layers: readonly (readonly [ReturnType<typeof access>, Readonly<Record<string, string>>])[],
  policy: ReturnType<typeof access>,
) {
  const root = scratchFolder();
  await addFiles(root, workspace);
  const listed = Object.entries(workspace).map(([path, text]) => ({
    path,
    mode: "100644" as const,
    sizeBytes: text.length,
  }));
  const origin = {
    id: parseId("1.3"),
    layers: layers.map(([{ accessOf }, files]) => ({ accessOf, files: workspaceFiles(files) })),
  };
  const placement = await placeOrigin(root, listed, origin, policy);
  return {
    ...placement,
    texts: Object.fromEntries(
      placement.files.map(({ path, stored }) => [path, stored?.toString() ?? "the workspace's"]),
    ),
  };
}

describe("a node's files in the workspace", () => {
  it("stand where its agent could write, and nothing else of the workspace changes", async () => {
    const { texts, warnings, carried } = await place(
      { "src/a.c": "old", Makefile: "all:" },
      [[access(["src/"]), { "src/a.c": "new", "src/b.c": "more" }]],
      access(["src/"]),
    );
    expect(texts).toEqual({ "src/a.c": "new", "src/b.c": "more", Makefile: "the workspace's" });
    expect(warnings).toEqual([]);
    expect([...carried]).toEqual([]);
  });

  it("leave out what the node does not have, and name it", async () => {
    const { texts, warnings } = await place(
      { "src/a.c": "a", "src/gone.c": "b" },
      [[access(["src/"]), { "src/a.c": "a" }]],
      access(["src/"]),
    );
    expect(texts).toEqual({ "src/a.c": "a" });
    expect(warnings).toEqual(["1.3 does not have these files of the workspace: src/gone.c"]);
  });

  it("stay as the node has them where they are protected now, and are named where they differ", async () => {
    const { texts, warnings, carried } = await place(
      { "src/a.c": "a", "src/b.c": "old", "src/same.c": "same", "src/gone.c": "gone" },
      [[access(["src/"]), { "src/a.c": "a2", "src/b.c": "new", "src/same.c": "same" }]],
      access(["src/a.c"]),
    );
    expect(texts).toEqual({ "src/a.c": "a2", "src/b.c": "new", "src/same.c": "same" });
    expect([...carried.keys()]).toEqual(["src/b.c", "src/gone.c"]);
    expect(warnings).toEqual([
      "1.3 changed files that loopty.yaml does not let the agent change any more; they are as in 1.3, and protected: src/b.c, src/gone.c",
    ]);
  });

  it("never become hidden files: what an agent wrote shall not grade", async () => {
    const { texts, warnings } = await place(
      { "src/a.c": "a", "src/test.c": "old" },
      [[access(["src/"]), { "src/a.c": "a", "src/test.c": "new" }]],
      access(["src/a.c"], ["src/test.c"]),
    );
    expect(texts["src/test.c"]).toBe("the workspace's");
    expect(warnings).toEqual([
      "1.3 changed files that are hidden now; they are taken from the workspace: src/test.c",
    ]);
  });

  it("bring along what the node's own run started from, the last word to the last run", async () => {
    const { texts } = await place(
      { "src/a.c": "0", "src/b.c": "0", "src/c.c": "0" },
      [
        [access(["src/"]), { "src/a.c": "1", "src/b.c": "1", "src/c.c": "1" }],
        [access(["src/a.c"], ["src/c.c"]), { "src/a.c": "2" }],
      ],
      access(["src/"]),
    );
    // That run took its hidden file from the workspace.
    expect(texts).toEqual({ "src/a.c": "2", "src/b.c": "1", "src/c.c": "the workspace's" });
  });

  it("are refused where a file stands in the place of a folder", async () => {
    const placed = place(
      { "lib/core/a.h": "a" },
      [[access(["lib/core"]), { "lib/core": "x" }]],
      access(["lib/core/"]),
    );
    await expect(placed).rejects.toThrow(UserError);
    await expect(placed).rejects.toThrow(
      "lib/core is a file, and lib/core/a.h lies in it as in a folder: one is of 1.3, the other of the workspace",
    );
  });

  it("are named up to twenty", async () => {
    const names = Array.from({ length: 23 }, (_, i) => `src/${String(i).padStart(2, "0")}.c`);
    const { warnings } = await place(
      Object.fromEntries(names.map((name) => [name, "x"])),
      [[access(["src/"]), {}]],
      access(["src/"]),
    );
    expect(warnings[0]).toMatch(/src\/00\.c, .*src\/19\.c and 3 more$/);
  });
});
