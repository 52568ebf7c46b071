import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { chunksOf, type HostFile, readHostFile } from "../../../src/config/workspace/host-file.ts";
import { makeFolder } from "../folder-tree.ts";

const LARGE = "0123456789abcdef".repeat(2 ** 17 + 1);
const roots: string[] = [];

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

async function folder(files: Readonly<Record<string, string>>) {
  const root = await makeFolder(files);
  roots.push(root);
  return root;
}

function listed(path: string, text: string): HostFile {
  return { path, mode: "100644", sizeBytes: text.length };
}

describe("a listed file", () => {
  it("is read as it stands, in pieces of at most 1 MiB", async () => {
    const root = await folder({ "a/large": LARGE, empty: "" });
    const chunks = [...chunksOf(root, listed("a/large", LARGE))];
    expect(chunks.map(({ length }) => length)).toEqual([2 ** 20, 2 ** 20, 16]);
    expect(Buffer.concat(chunks).toString()).toBe(LARGE);
    expect(readHostFile(root, listed("a/large", LARGE)).toString()).toBe(LARGE);
    expect(readHostFile(root, listed("empty", "")).toString()).toBe("");
  });

  it("is what was stored of it, whatever the host has", async () => {
    const root = await folder({ a: "host" });
    const file = { ...listed("a", "node's"), stored: Buffer.from("node's") };
    expect(readHostFile(root, file).toString()).toBe("node's");
  });

  it("is closed again, also by who reads only its beginning", async () => {
    const root = await folder({ large: LARGE });
    const before = readdirSync("/proc/self/fd").length;
    for (const _ of chunksOf(root, listed("large", LARGE))) break;
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });

  it("is refused where a link took its place", async () => {
    const root = await folder({ a: "text", b: "text" });
    await rm(join(root, "a"));
    await symlink("b", join(root, "a"));
    expect(() => readHostFile(root, listed("a", "text"))).toThrow(
      expect.objectContaining({
        name: "UserError",
        message: expect.stringContaining("cannot read a of the workspace: ELOOP"),
        hint: "leave the workspace alone until the run has started",
      }),
    );
  });

  it("is refused where a pipe or a folder took its place", async () => {
    const root = await folder({ "folder/a": "" });
    execFileSync("mkfifo", [join(root, "pipe")]);
    for (const path of ["pipe", "folder"]) {
      expect(() => readHostFile(root, listed(path, ""))).toThrow(
        `the workspace changed while it was read: ${path} is no plain file any more`,
      );
    }
  });

  it("is refused where it grew, shrank or went away", async () => {
    const root = await folder({ a: "12345" });
    for (const text of ["1234", "123456"]) {
      expect(() => readHostFile(root, listed("a", text))).toThrow(
        "the workspace changed while it was read: a has another size now",
      );
    }
    await rename(join(root, "a"), join(root, "b"));
    expect(() => readHostFile(root, listed("a", "12345"))).toThrow(
      "cannot read a of the workspace",
    );
  });

  it("is refused where it becomes shorter while it is read", async () => {
    const root = await folder({ large: LARGE });
    const chunks = chunksOf(root, listed("large", LARGE));
    chunks.next();
    await writeFile(join(root, "large"), "cut");
    expect(() => chunks.next()).toThrow("large became shorter");
  });
});
