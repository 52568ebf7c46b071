import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { packArchive, readArchive } from "../../../src/sandbox/container/archive.ts";
import { attack } from "../attack.ts";
import { forgeArchive, refusalOf } from "./forged-volume.ts";

// No file system holds these names and an engine would not pack them, but the harness takes nobody's word for it.
describe("a forged archive of the writable entries", () => {
  attack(
    {
      case: "01",
      title: "a tar entry named ../../x",
      outcome: "refused: nothing is extracted by its path, and the name leaves its folder",
    },
    async () => {
      const outside = " lies outside of the writable entries";
      expect(await refusalOf({ name: "../../x" })).toBe(`../../x${outside}`);
      expect(await refusalOf({ name: "./../x" })).toBe(`../x${outside}`);
      expect(await refusalOf({ name: "0/../1/x" })).toBe(`0/../1/x${outside}`);
      expect(await refusalOf({ name: "2/x" })).toBe(`2/x${outside}`);
      expect(await refusalOf({ name: "1/../../x" })).toBe("src/../../x leaves its folder with ..");
      expect(await refusalOf({ name: "1/a/.." })).toBe("src/a/.. leaves its folder with ..");
    },
  );

  attack(
    { case: "02", title: "an absolute tar path", outcome: "refused, not stripped and kept" },
    async () => {
      const outside = " lies outside of the writable entries";
      expect(await refusalOf({ name: "/etc/x" })).toBe(`/etc/x${outside}`);
      expect(await refusalOf({ name: "//1/x" })).toBe(`//1/x${outside}`);
      expect(await refusalOf({ name: "1//etc/x" })).toBe("src//etc/x has an empty part");
    },
  );

  attack(
    {
      case: "04",
      title: "a symlink to a folder, and a file written through it",
      outcome: "refused in either order, never followed",
    },
    async () => {
      const link = { name: "1/d", type: "symlink", linkname: "/etc" } as const;
      const through = { name: "1/d/pwn", text: "x" };
      const reason = "src/d is a symlink, not a plain file";
      expect(await refusalOf(link, through)).toBe(reason);
      expect(await refusalOf(through, link)).toBe(reason);
      expect(await refusalOf({ ...link, linkname: "keep.h" })).toBe(reason);
    },
  );

  attack(
    {
      case: "70",
      title: "an entry of a kind that tar readers take for a file: sparse, contiguous, unknown",
      outcome: "refused: only a plain file is one",
    },
    async () => {
      const refusals = [];
      for (const letter of ["S", "M", "V", "7", "Z"]) {
        refusals.push(await refusalOf({ name: "1/a.c", text: "x", letter }));
      }
      expect(refusals).toEqual([
        ...Array.from({ length: 3 }, () => "src/a.c is a special entry, not a plain file"),
        "src/a.c is a contiguous-file, not a plain file",
        "src/a.c is a special entry, not a plain file",
      ]);
    },
  );

  attack(
    {
      case: "67",
      title: "a repository without the name .git, whose config names programs for git to run",
      outcome: "refused: no folder may become one that git takes for its own",
    },
    async () => {
      const names = (...paths: string[]) => paths.map((path) => ({ name: `1/${path}` }));
      const reason = (folder: string) => `${folder} would be a git repository`;
      const plain = names("d/HEAD", "d/config", "d/objects/x", "d/refs/heads/main");
      expect(await refusalOf(...plain)).toBe(reason("src/d"));
      // git asks of the two only whether they can be entered, so a program's file is enough.
      expect(await refusalOf(...names("HEAD", "objects", "refs"))).toBe(reason("src"));
      expect(await refusalOf(...names("a/b/head", "a/b/Objects/x", "a/b/REFS/x"))).toBe(
        reason("src/a/b"),
      );
      expect(await refusalOf(...names("d/HEAD", "d/commondir"))).toBe(reason("src/d"));
      expect(await refusalOf(...names("d/HEAD", "d/objects/x", "e/refs/x"))).toBeNull();
    },
  );

  attack(
    {
      case: "76",
      title: "an archive with any of its bytes changed",
      outcome: "read within its limits or an error, and never hangs",
    },
    async () => {
      const whole = await forgeArchive([
        { name: "1/", type: "directory" },
        { name: "1/a.c", text: "a".repeat(600) },
        { name: `1/${"long/".repeat(60)}b.c`, text: "b" },
      ]);
      const limits = { entries: 2, bytes: 2048 };
      const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { minLength: 1, maxLength: 8 }),
          fc.option(fc.nat(whole.length), { nil: whole.length, freq: 1 }),
          async (changes, end) => {
            const forged = Buffer.from(whole);
            for (const [at, byte] of changes) forged[at] = byte;
            const archive = Readable.from([forged.subarray(0, end)]);
            const reading = await readArchive(archive, limits).catch(() => null);
            if (reading === null || reading.kind === "refused") return;
            const bytes = reading.entries.reduce((sum, { content }) => sum + content.length, 0);
            expect(reading.entries.length).toBeLessThanOrEqual(limits.entries);
            expect(bytes).toBeLessThanOrEqual(limits.bytes);
          },
        ),
        { numRuns: 500 },
      );
    },
  );
});

describe("an archive for the engine", () => {
  attack(
    {
      case: "11",
      title: "a first file name that begins like gzip, bzip2, xz or zstd (CVE-2026-41567)",
      outcome: "what is uploaded always begins with the entry ./",
    },
    async () => {
      for (const magic of ["\x1f\x8b\x08", "BZh91AY&SY", "\xfd7zXZ", "\x28\xb5\x2f\xfd"]) {
        const entry = { path: magic, content: Buffer.from("x"), mode: 0o644, uid: 0 };
        const bytes = await buffer(packArchive([entry], new Date(0)));
        expect(bytes.toString("latin1", 0, 4)).toBe("./\0\0");
      }
      // And of these names, the one that is text at all is an ordinary one.
      expect(await refusalOf({ name: "1/BZh91AY&SY" })).toBeNull();
      expect(await refusalOf({ name: "1/\x1f\x8b\x08" })).toBe(
        "src/\\x1f\\x8b\\x08 has a control character",
      );
    },
  );
});
