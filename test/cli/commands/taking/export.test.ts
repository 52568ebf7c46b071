import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportNode } from "../../../../src/cli/commands/taking/export.ts";
import { EngineError } from "../../../../src/core/error.ts";
import { addFiles } from "../../../config/folder-tree.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { FakeEngine } from "../../fake-engine.ts";
import { fakeWorld } from "../../fake-world.ts";
import { storeRun } from "../../stored-run.ts";

const ROOT = { "src/a.c": "int a;\n" };

async function project() {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, [
    { id: "1", files: ROOT },
    { id: "1.1", files: { "src/a.c": "int b;\n" } },
    { id: "1.1.1", files: { "src/a.c": "int b;\n", "src/go.sh!": "#!/bin/sh\n" } },
  ]);
  return world;
}

describe("export", () => {
  it("gives a patch of the whole lineage that git applies to the baseline's files", async () => {
    const world = await project();
    expect(await exportNode(world, { id: "1.1.1", patch: "out.patch" })).toBe(0);
    expect(world.stdout.text).toBe(`1.1.1: patch in ${world.cwd}/out.patch\n`);
    const tree = scratchFolder();
    await addFiles(tree, ROOT);
    execFileSync("git", ["apply", join(world.cwd, "out.patch")], { cwd: tree });
    expect(readFileSync(join(tree, "src/a.c"), "utf8")).toBe("int b;\n");
    expect(statSync(join(tree, "src/go.sh")).mode & 0o100).toBe(0o100);
  });

  it("writes the patch alone to stdout for -", async () => {
    const world = await project();
    await exportNode(world, { id: "1.1", patch: "-" });
    expect(world.stdout.text).toMatch(/^diff --git .*\n(?:.*\n)*-int a;\n\+int b;\n$/);
  });

  it("writes files into a new or empty folder, never into another", async () => {
    const world = await project();
    mkdirSync(join(world.cwd, "empty"));
    for (const files of ["new/deep", "empty"]) {
      await exportNode(world, { id: "1.1.1", files });
      expect(readFileSync(join(world.cwd, files, "src/a.c"), "utf8")).toBe("int b;\n");
      expect(statSync(join(world.cwd, files, "src/go.sh")).mode & 0o100).toBe(0o100);
    }
    await expect(exportNode(world, { id: "1.1", files: "empty" })).rejects.toMatchObject({
      message: `${world.cwd}/empty is not empty`,
    });
    expect(existsSync(join(world.cwd, "empty/src/go.sh"))).toBe(true);
  });

  it.each([
    ["big-box", "is not on local: 1.1 was measured on big-box"],
    ["local", "is gone"],
  ])("says why there is no image of a node that was measured on %s", async (machine, why) => {
    const { url } = await FakeEngine.start();
    const world = fakeWorld(scratchFolder(), {
      env: { PATH: process.env.PATH, DOCKER_HOST: url },
    });
    const snapshot = { tag: "loopty/m:1.1", imageId: "sha256:2", layerDigest: "sha256:3" };
    const fields = { machine, snapshot: { ...snapshot, baseId: "sha256:1" } };
    const base = { tag: "loopty/m:base-1", imageId: "sha256:1", layers: [] };
    await storeRun(world, [{ id: "1" }, { id: "1.1", fields }], {
      base: { ...base, fileTime: "2026-01-01T00:00:00Z" },
    });
    await expect(exportNode(world, { id: "1.1", image: "out.tar" })).rejects.toMatchObject({
      message: `the image loopty/m:1.1 ${why}`,
      hint: "`loopty reproduce 1.1` makes it again from the stored files",
    });
  });

  it("tells in JSON what went where", async () => {
    const world = await project();
    await exportNode(world, { id: "1.1", files: "out", json: true });
    expect(world.stdout.json).toEqual({ id: "1.1", kind: "files", path: `${world.cwd}/out` });
  });

  it("wants exactly one kind, and a place that can be written", async () => {
    const world = await project();
    const message = "say what to export: one of --patch, --files and --image";
    await expect(exportNode(world, { id: "1.1" })).rejects.toMatchObject({ message });
    await expect(exportNode(world, { id: "1.1", patch: "a", files: "b" })).rejects.toMatchObject({
      message,
    });
    await addFiles(world.cwd, { file: "" });
    for (const place of [{ patch: "no/such/folder" }, { files: "file/x" }]) {
      await expect(exportNode(world, { id: "1.1", ...place })).rejects.toMatchObject({
        name: "UserError",
        message: expect.stringMatching(/^cannot write /),
      });
    }
  });

  it("needs the engine for an image only", async () => {
    const world = await project();
    const image = exportNode(world, { id: "1.1", image: "i.tar" });
    await expect(image).rejects.toBeInstanceOf(EngineError);
    expect(existsSync(join(world.cwd, "i.tar.torn"))).toBe(false);
  });
});
