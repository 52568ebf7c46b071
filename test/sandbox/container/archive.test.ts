import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import tar from "tar-stream";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../../src/core/error.ts";
import {
  eachEntry,
  type PackedEntry,
  packArchive,
  packWorkspace,
  pathInWorkspace,
  readArchive,
  stickyFolders,
} from "../../../src/sandbox/container/archive.ts";

const TIME = new Date("2024-01-02T03:04:05Z");
const LIMITS = { entries: 100, bytes: 1000 };

const file = (path: string, text: string): PackedEntry => {
  return { path, content: Buffer.from(text), mode: 0o644, uid: 7 };
};

/** Name, type, mode, owner and time of every entry, as one line each. */
async function listed(archive: NodeJS.ReadableStream): Promise<string[]> {
  const lines: string[] = [];
  await eachEntry(archive, async ({ header: { name, type, mode, uid, gid, mtime } }) => {
    lines.push(`${name} ${type} ${mode.toString(8)} ${uid}:${gid} ${mtime.toISOString()}`);
  });
  return lines;
}

describe("an archive that goes in", () => {
  it("begins with its own folder, is sorted, and has one time and numeric owners only", async () => {
    const entries = [
      file("b/c", "c"),
      { path: "b", content: "folder" as const, mode: 0o1777, uid: 0 },
      // A name that an engine could take for gzip, were it the first.
      file("\u001f\u008b\b", "z"),
    ];
    expect(await listed(packArchive(entries, TIME))).toEqual([
      "./ directory 755 0:0 2024-01-02T03:04:05.000Z",
      "./\u001f\u008b\b file 644 7:7 2024-01-02T03:04:05.000Z",
      "./b/ directory 1777 0:0 2024-01-02T03:04:05.000Z",
      "./b/c file 644 7:7 2024-01-02T03:04:05.000Z",
    ]);
  });

  it("has symlinks as such", async () => {
    const link = { path: "CLAUDE.md", content: { linkTo: "AGENTS.md" }, mode: 0o777, uid: 0 };
    const read: (readonly [string, string | null | undefined])[] = [];
    await eachEntry(packArchive([link], TIME), async ({ header }) => {
      if (header.type === "symlink") read.push([header.name, header.linkname]);
    });
    expect(read).toEqual([["./CLAUDE.md", "AGENTS.md"]]);
  });

  it("has the same bytes whatever the order of its entries", async () => {
    const bytesOf = async (entries: readonly PackedEntry[]) =>
      Buffer.concat(await packArchive(entries, TIME).toArray());
    const entries = [file("a", "1"), file("a.b", "2"), file("a/b", "3")];
    expect(await bytesOf(entries)).toEqual(await bytesOf(entries.toReversed()));
  });

  it("puts every folder before what lies in it, so that a planted link is replaced, not followed", async () => {
    const parts = fc.array(fc.constantFrom("a", "a.b", "a-b", "b", "Z"), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(parts.map((path) => path.join("/"))), async (paths) => {
        const folders = stickyFolders(paths);
        const names = await listed(packWorkspace(folders, TIME));
        const seen = new Set<string>();
        for (const line of names) {
          const name = line.split(" ")[0]?.replace(/\/$/, "") ?? "";
          const above = name.split("/").slice(0, -1).join("/");
          if (name !== ".") expect(seen.has(above)).toBe(true);
          seen.add(name);
        }
        for (const { path } of folders) expect(seen.has(`./workspace/${path}`)).toBe(true);
      }),
    );
  });

  it("of the workspace has it sticky and open to all", async () => {
    expect(await listed(packWorkspace([file("a", "")], TIME))).toEqual([
      "./ directory 755 0:0 2024-01-02T03:04:05.000Z",
      "./workspace/ directory 1777 0:0 2024-01-02T03:04:05.000Z",
      "./workspace/a file 644 7:7 2024-01-02T03:04:05.000Z",
    ]);
  });

  it("holds no more of a large file than its reader has room for", async () => {
    let given = 0;
    const content = {
      sizeBytes: 100 * 65_536,
      *chunks() {
        for (; given < 100; given++) yield Buffer.alloc(65_536, given);
      },
    };
    const archive = packArchive([{ path: "a", content, mode: 0o644, uid: 0 }], TIME);
    await once(archive, "readable");
    await setImmediate();
    expect(given).toBeLessThan(5);
    expect(Buffer.concat(await archive.toArray()).length).toBe(100 * 65_536 + 2048);
    expect(given).toBe(100);
  });

  it("breaks where a file gives another number of bytes than it announced", async () => {
    const content = { sizeBytes: 3, chunks: () => [Buffer.from("12")] };
    const archive = packArchive([{ path: "a", content, mode: 0o644, uid: 0 }], TIME);
    await expect(archive.toArray()).rejects.toThrow("Size mismatch");
  });

  it("breaks, for whoever reads it, when a file of it cannot be read", async () => {
    const content = {
      sizeBytes: 3,
      chunks: () => {
        throw new Error("file is gone");
      },
    };
    const archive = packArchive([{ path: "a", content, mode: 0o644, uid: 0 }], TIME);
    await expect(archive.toArray()).rejects.toThrow("file is gone");
  });
});

describe("an archive that came out", () => {
  it("is read into memory as it is, unchecked", async () => {
    const pack = tar.pack();
    pack.entry({ name: "0/", type: "directory", mode: 0o755 });
    pack.entry({ name: "../0/x", mode: 0o4755 }, "text");
    pack.entry({ name: "0/link", type: "symlink", linkname: "/etc/passwd" });
    pack.finalize();
    expect(await readArchive(pack.pipe(new PassThrough()), LIMITS)).toEqual({
      kind: "entries",
      entries: [
        { name: "0", type: "directory", mode: 0o755, content: Buffer.alloc(0) },
        { name: "../0/x", type: "file", mode: 0o4755, content: Buffer.from("text") },
        { name: "0/link", type: "symlink", mode: 0o644, content: Buffer.alloc(0) },
      ],
    });
  });

  it("is refused where it breaks off, between two entries or before the first", async () => {
    const whole = Buffer.concat(
      await packArchive([file("a", "a"), file("b", "b")], TIME).toArray(),
    );
    expect(await readArchive(Readable.from([whole]), LIMITS)).toMatchObject({ kind: "entries" });
    const refused = { kind: "refused", reason: "what the engine cannot read to its end" };
    for (const length of [0, 1536, whole.length - 1024, whole.length - 512]) {
      const cut = Readable.from(length === 0 ? [] : [whole.subarray(0, length)]);
      expect(await readArchive(cut, LIMITS)).toEqual(refused);
    }
  });

  it("is refused at the entry that is one too many", async () => {
    const archive = () => packArchive([file("a", ""), file("b", "")], TIME);
    expect(await readArchive(archive(), { ...LIMITS, entries: 3 })).toMatchObject({
      kind: "entries",
    });
    expect(await readArchive(archive(), { ...LIMITS, entries: 2 })).toEqual({
      kind: "refused",
      reason: "more than 2 files and folders",
    });
  });

  it("is refused by the size that an entry announces, before it comes", async () => {
    const pack = tar.pack();
    const head: Uint8Array[] = [];
    pack.on("data", (chunk) => void (chunk instanceof Uint8Array && head.push(chunk)));
    pack.entry({ name: "small" }, "x".repeat(999));
    pack.entry({ name: "huge", size: 2 ** 40 });
    await setImmediate();
    let zeros = 0;
    const archive = Readable.from(
      (function* () {
        yield Buffer.concat(head);
        for (; zeros < 100; zeros++) yield Buffer.alloc(65_536);
      })(),
    );
    expect(await readArchive(archive, LIMITS)).toEqual({
      kind: "refused",
      reason: "more than 1000 bytes of files",
    });
    expect(zeros).toBeLessThan(5);
  });

  it("that is cut off is an error", async () => {
    const whole = Buffer.concat(await packArchive([file("a", "x".repeat(900))], TIME).toArray());
    const cut = new PassThrough();
    cut.end(whole.subarray(0, 1400));
    await expect(readArchive(cut, LIMITS)).rejects.toThrow(
      new EngineError("the engine's archive cannot be read: Unexpected end of data"),
    );
    const broken = Readable.from([Buffer.alloc(1024, "x")]);
    await expect(readArchive(broken, LIMITS)).rejects.toBeInstanceOf(EngineError);
  });

  it("of the workspace has paths below its own root", () => {
    expect(["workspace/", "workspace/src/a.c", "workspace/src/"].map(pathInWorkspace)).toEqual([
      "",
      "src/a.c",
      "src",
    ]);
  });
});
