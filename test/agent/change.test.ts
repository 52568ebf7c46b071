import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyChange, applyChanges, type FileChange } from "../../src/agent/change.ts";
import { MemorySession } from "./memory-session.ts";

const replace = (oldText: string, newText: string, path = "a.c"): FileChange => ({
  kind: "replace",
  path,
  old: oldText,
  new: newText,
});
const failed = (reason: string) => ({ kind: "failed", reason });
const signal = new AbortController().signal;

describe("applyChange", () => {
  it("replaces text that occurs once and leaves the rest alone", async () => {
    const session = new MemorySession({ "a.c": "\tint a;\n\tint b;\n", "b.c": "int b;" });
    expect(await applyChange(session, replace("int b", "long b"))).toEqual({ kind: "applied" });
    expect(session.texts).toEqual({ "a.c": "\tint a;\n\tlong b;\n", "b.c": "int b;" });
  });

  it.each([
    ["text that does not occur", "x\n", "y", "z", "a.c: the old text does not occur"],
    [
      "text that occurs several times, with their lines",
      "x\ny\nx\nx",
      "x",
      "z",
      "a.c: the old text occurs 3 times, at lines 1, 3, 4; it must occur once",
    ],
    [
      "overlapping occurrences",
      "aaa",
      "aa",
      "b",
      "a.c: the old text occurs 2 times, at lines 1, 1; it must occur once",
    ],
    ["a change to the same text", "x", "x", "x", "a.c: the old and the new text are the same"],
    ["empty old text", "x", "", "y", "a.c: the old text is empty"],
  ])("refuses %s", async (_, before, oldText, newText, reason) => {
    const session = new MemorySession({ "a.c": before });
    expect(await applyChange(session, replace(oldText, newText))).toEqual(failed(reason));
    expect(session.texts).toEqual({ "a.c": before });
  });

  it("names at most ten lines", async () => {
    const session = new MemorySession({ "a.c": "x\n".repeat(12) });
    expect(await applyChange(session, replace("x", "y"))).toEqual(
      failed(
        "a.c: the old text occurs 12 times, at lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more; it must occur once",
      ),
    );
  });

  it("keeps a byte order mark and CRLF, also in lines it adds", async () => {
    const session = new MemorySession({ "a.c": "\uFEFFa\r\nb\r\nc\r\n" });
    expect(await applyChange(session, replace("a\nb\n", "a\nx\nb\n"))).toEqual({ kind: "applied" });
    expect(session.texts).toEqual({ "a.c": "\uFEFFa\r\nx\r\nb\r\nc\r\n" });
  });

  it("takes line ends literally where a file mixes them", async () => {
    const session = new MemorySession({ "a.c": "a\r\nb\nc\n" });
    expect(await applyChange(session, replace("a\nb", "x"))).toEqual(
      failed("a.c: the old text does not occur"),
    );
  });

  it("inserts $ and backslashes as they are", async () => {
    const session = new MemorySession({ "a.c": "value" });
    await applyChange(session, replace("value", "$& $1 \\n"));
    expect(session.texts).toEqual({ "a.c": "$& $1 \\n" });
  });

  it("refuses to edit bytes that are not UTF-8 text", async () => {
    const session = new MemorySession({ "a.c": Buffer.from([0x61, 0xff, 0x62]) });
    expect(await applyChange(session, replace("a", "b"))).toEqual(
      failed("a.c: the file is not UTF-8 text"),
    );
  });

  it("writes and deletes whole files, and refuses to do nothing", async () => {
    const session = new MemorySession({ "old.c": "x", "same.c": "x" });
    const write = (path: string): FileChange => ({
      kind: "write",
      path,
      content: Buffer.from("x"),
    });
    expect(await applyChange(session, write("new.c"))).toEqual({ kind: "applied" });
    expect(await applyChange(session, { kind: "delete", path: "old.c" })).toEqual({
      kind: "applied",
    });
    expect(await applyChange(session, write("same.c"))).toEqual(
      failed("same.c: the file already has exactly this content"),
    );
    expect(await applyChange(session, { kind: "delete", path: "old.c" })).toEqual(
      failed("old.c: there is no such file to delete"),
    );
    expect(await applyChange(session, replace("x", "y", "old.c"))).toEqual(
      failed("old.c: there is no such file"),
    );
    expect(session.texts).toEqual({ "new.c": "x", "same.c": "x" });
  });

  it.each<FileChange>([
    replace("x", "y"),
    { kind: "write", path: "a.c", content: Buffer.from("y") },
    { kind: "delete", path: "a.c" },
  ])("reports a denied $kind with its path", async (change) => {
    const session = new MemorySession({ "a.c": "x" }, () => "Read-only file system");
    expect(await applyChange(session, change)).toEqual(failed("a.c: Read-only file system"));
    expect(session.texts).toEqual({ "a.c": "x" });
  });

  it("replaces one marked place and no other byte, in any text", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "$", "\n", "\t", "é", "\uFEFF") });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (before, after, inserted) => {
        const session = new MemorySession({ f: `${before}<old>${after}` });
        await applyChange(session, replace("<old>", inserted, "f"));
        expect(session.texts).toEqual({ f: before + inserted + after });
      }),
    );
  });
});

describe("applyChanges", () => {
  it("stops at the first change that fails", async () => {
    const session = new MemorySession({ "a.c": "one" });
    const changes = [replace("one", "two"), replace("absent", "x"), replace("two", "three")];
    expect(await applyChanges(session, changes, signal)).toEqual(
      failed("a.c: the old text does not occur"),
    );
    expect(session.texts).toEqual({ "a.c": "two" });
  });

  it("changes nothing once it is aborted", async () => {
    const session = new MemorySession({ "a.c": "one" });
    const aborted = AbortSignal.abort(new Error("stopped"));
    await expect(applyChanges(session, [replace("one", "two")], aborted)).rejects.toThrow(
      "stopped",
    );
    expect(session.texts).toEqual({ "a.c": "one" });
  });
});
