import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareBase } from "../../../src/sandbox/image/base.ts";
import { listTree } from "../../../src/sandbox/image/tree-listing.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const LARGE = "0123456789abcdef".repeat(2 ** 20);

describe("the base without setup", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        Makefile: "all:\n",
        "data/large": LARGE,
        "data/deep/small!": "s\n",
        "src/k.c": "k\n",
        "src/only/writable.c": "w\n",
      },
      access: { writable: ["src/", "new/"] },
      emptyFolders: ["new"],
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  it("is listed as what the image holds", async () => {
    const listed = await listTree(lab.settings, lab.base.imageId);
    const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
    expect(lab.base.tree).toEqual(listed.toSorted(byPath));
    expect(lab.base.tree).toEqual([
      { path: "Makefile", kind: "file" },
      { path: "data", kind: "folder" },
      { path: "data/deep", kind: "folder" },
      { path: "data/deep/small", kind: "file" },
      { path: "data/large", kind: "file" },
      { path: "new", kind: "folder" },
      { path: "src", kind: "folder" },
      { path: "src/only", kind: "folder" },
    ]);
  });

  it("gives agents protected files of any size, and missing folders empty", async () => {
    const { results } = await lab.play("wc -c < data/large; data/deep/small; ls -A new src/only");
    expect(results[0]?.output).toContain(`${LARGE.length}\n`);
    expect(results[0]?.output).toContain("new:\n\nsrc/only:\nwritable.c\n");
  });

  it("does not depend on writable files", async () => {
    const { writableFiles: _, ...rest } = lab.baseRequest;
    const writableFiles = [{ path: "src/other.c", mode: "100644" as const }];
    const base = await prepareBase(
      lab.settings,
      { ...rest, writableFiles: [...writableFiles, { path: "src/only/x.c", mode: "100644" }] },
      signal,
    );
    expect(base.imageId).toBe(lab.base.imageId);
  });

  it("fails, and leaves no container, where a file goes away meanwhile", async () => {
    const gone = { path: "data/gone", mode: "100644" as const };
    const request = { ...lab.baseRequest, protectedFiles: [gone] };
    await expect(prepareBase(lab.settings, request, signal)).rejects.toThrow(/ENOENT.*data\/gone/);
    await rm(join(lab.root, "none"), { force: true });
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });
});
