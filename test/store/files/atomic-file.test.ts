import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  createWholeFile,
  makeFolder,
  oneAtATime,
  removeTornFiles,
  writeWholeFile,
} from "../../../src/store/files/atomic-file.ts";
import { scratchFolder } from "../scratch.ts";

describe("writing a whole file", () => {
  it("creates it, replaces it and leaves nothing else behind", async () => {
    const folder = scratchFolder();
    const path = join(folder, "a.json");
    await writeWholeFile(path, "one");
    await writeWholeFile(path, "two");
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  it("never changes the file that a reader has open", async () => {
    const path = join(scratchFolder(), "a.json");
    await writeWholeFile(path, "one");
    const before = statSync(path).ino;
    await writeWholeFile(path, "two");
    expect(statSync(path).ino).not.toBe(before);
  });

  it("keeps the content before the last write as the backup", async () => {
    const folder = scratchFolder();
    const path = join(folder, "a.json");
    const backup = join(folder, "a.json.bak");
    for (const content of ["one", "two", "three"]) await writeWholeFile(path, content, { backup });
    expect(readFileSync(backup, "utf8")).toBe("two");
    expect(readdirSync(folder).sort()).toEqual(["a.json", "a.json.bak"]);
  });

  it("leaves the old content and no torn file when it fails", async () => {
    const folder = scratchFolder();
    // Too long for the temporary name beside it, but not for the file itself.
    const path = join(folder, "a".repeat(250));
    writeFileSync(path, "old");
    await expect(writeWholeFile(path, "new")).rejects.toThrow("ENAMETOOLONG");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("gives a file the whole content of one of many writers at once", async () => {
    const folder = scratchFolder();
    const path = join(folder, "a.json");
    const contents = Array.from({ length: 30 }, (_, i) => String(i).repeat(10_000 + i));
    await Promise.all(contents.map((content) => writeWholeFile(path, content)));
    expect(contents).toContain(readFileSync(path, "utf8"));
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });
});

describe("creating a whole file", () => {
  it("lets one of many win and keeps the winner's content", async () => {
    const folder = scratchFolder();
    const path = join(folder, "id");
    const tries = Array.from({ length: 20 }, (_, i) => createWholeFile(path, `content ${i}`));
    const created = await Promise.all(tries);
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(path, "utf8")).toBe(`content ${created.indexOf(true)}`);
    expect(readdirSync(folder)).toEqual(["id"]);
  });
});

it("makes folders above a folder, and is content when they are there", async () => {
  const folder = scratchFolder();
  await makeFolder(join(folder, "a", "b"));
  await makeFolder(join(folder, "a", "b"));
  expect(readdirSync(join(folder, "a"))).toEqual(["b"]);
});

it("removes torn files and folders only", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, ".tree.json.77-1.torn"), "{");
  mkdirSync(join(folder, ".4.torn"));
  writeFileSync(join(folder, "tree.json"), "{}");
  await removeTornFiles(folder);
  expect(readdirSync(folder)).toEqual(["tree.json"]);
});

describe("one write at a time", () => {
  it("never runs twice at once, shares waiting calls, and writes what the last call changed", async () => {
    let state = 0;
    let running = 0;
    const written: number[] = [];
    const save = oneAtATime(async () => {
      expect(++running).toBe(1);
      const seen = state;
      await sleep(5);
      written.push(seen);
      running--;
    });
    const calls: Promise<void>[] = [];
    for (state = 1; state < 5; state++) {
      calls.push(save());
      await sleep(1);
    }
    state = 5;
    await save();
    await Promise.all(calls);
    expect(written.at(-1)).toBe(5);
    expect(written.length).toBeLessThan(5);
  });

  it("tells the callers of a failed write and goes on with the next", async () => {
    let tries = 0;
    const save = oneAtATime(async () => {
      if (++tries === 1) throw new Error("disk on fire");
    });
    await expect(save()).rejects.toThrow("disk on fire");
    await expect(save()).resolves.toBeUndefined();
  });
});
