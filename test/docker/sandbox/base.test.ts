import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
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
      links: [
        { path: "alias", target: "Makefile" },
        { path: "data/deep/up", target: "../large" },
      ],
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  it("is listed as what the image holds", async () => {
    const listed = await listTree(lab.settings, lab.base.imageId);
    const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
    expect(lab.base.tree).toEqual(listed.toSorted(byPath));
    expect(lab.base.tree).toEqual([
      { path: "Makefile", kind: "file" },
      { path: "alias", kind: "symlink" },
      { path: "data", kind: "folder" },
      { path: "data/deep", kind: "folder" },
      { path: "data/deep/small", kind: "file" },
      { path: "data/deep/up", kind: "symlink" },
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

  it("gives agents symlinks as they are, which they can neither remove nor replace", async () => {
    const { results } = await lab.play(
      "readlink alias data/deep/up; wc -c < data/deep/up; rm -f alias data/deep/up; ln -sfn /etc alias; mv -f alias x; readlink alias data/deep/up",
    );
    const output = results[0]?.output ?? "";
    const lines = output.split("\n").filter((line) => !line.includes(": "));
    expect(lines).toEqual([
      "Makefile",
      "../large",
      String(LARGE.length),
      "Makefile",
      "../large",
      "",
    ]);
  });

  it("does not depend on writable files", async () => {
    const { writableFiles: _, ...rest } = lab.baseRequest;
    const file = { mode: "100644" as const, sizeBytes: 9 };
    const base = await prepareBase(
      lab.settings,
      {
        ...rest,
        writableFiles: ["src/other.c", "src/only/x.c"].map((path) => ({ ...file, path })),
      },
      signal,
    );
    expect(base.imageId).toBe(lab.base.imageId);
  });

  it("is not made of files that change while they are copied", async () => {
    const [path, { docker }] = [join(lab.root, "changing"), lab.settings.engine];
    await writeFile(path, "before");
    const changing = { path: "changing", mode: "100644" as const, sizeBytes: 6 };
    // The files have been read for the key when the container is made.
    const createContainer: Docker["createContainer"] = async (options: ContainerCreateOptions) => {
      await writeFile(path, "after!");
      return docker.createContainer(options);
    };
    const engine = {
      ...lab.settings.engine,
      docker: Object.assign(Object.create(docker), { createContainer }),
    };
    const request = { ...lab.baseRequest, protectedFiles: [changing] };
    await expect(prepareBase({ ...lab.settings, engine }, request, signal)).rejects.toThrow(
      "the workspace changed while it was copied into the sandbox",
    );
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });

  it("fails, and leaves no container, where a file goes away meanwhile", async () => {
    const gone = { path: "data/gone", mode: "100644" as const, sizeBytes: 1 };
    const request = { ...lab.baseRequest, protectedFiles: [gone] };
    await expect(prepareBase(lab.settings, request, signal)).rejects.toThrow(/data\/gone.*ENOENT/);
    await rm(join(lab.root, "none"), { force: true });
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });
});
