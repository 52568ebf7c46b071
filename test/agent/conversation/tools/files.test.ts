import { describe, expect, it } from "vitest";
import { MemorySession } from "../../memory-session.ts";
import { LocalSession } from "../local-session.ts";
import { contextFor, told } from "./context.ts";

const CODE = "int a = 1;\nint b = 2;\n\nint main() {\n  return a;\n}\n";

describe("view", () => {
  it("numbers lines, from anywhere, with the workspace's path in any form", async () => {
    const context = contextFor(new MemorySession({ "src/a.c": CODE }));
    expect(await told("view", { path: "/workspace/src/a.c" }, context)).toBe(
      "    1\tint a = 1;\n    2\tint b = 2;\n    3\t\n    4\tint main() {\n    5\t  return a;\n    6\t}",
    );
    expect(await told("view", { path: "./src/a.c", start: 2, end: 2 }, context)).toBe(
      "    2\tint b = 2;",
    );
  });

  it("shows at most 400 lines or 16 KB, and says how to go on", async () => {
    const many = `${Array.from({ length: 900 }, (_, index) => `line ${index}`).join("\n")}\n`;
    const wide = `${Array.from({ length: 50 }, () => "x".repeat(1000)).join("\n")}\n`;
    const context = contextFor(new MemorySession({ many, wide, long: "y".repeat(5000) }));
    const first = await told("view", { path: "many" }, context);
    expect(first.endsWith("  400\tline 399\n(lines 1 to 400 of 900; go on with start: 401)")).toBe(
      true,
    );
    const shown = await told("view", { path: "wide", start: 10 }, context);
    expect(Buffer.byteLength(shown)).toBeLessThan(16 * 1024 + 100);
    expect(shown).toContain("(lines 10 to 25 of 50; go on with start: 26)");
    expect(await told("view", { path: "long" }, context)).toContain("(…line of 5000 characters)");
  });

  it("shows escapes and hidden characters as text", async () => {
    const context = contextFor(new MemorySession({ a: "\u001b[31mred\u202e\r\nnext\r\n" }));
    expect(await told("view", { path: "a" }, context)).toBe(
      "    1\t\\x1b[31mred\\u202e\n    2\tnext",
    );
  });

  it("lists a folder, and tells what is not there, no text, or past the end", async () => {
    await using session = await LocalSession.open({ "src/a.c": "", "src/b/c.h": "", x: "1\n" });
    const context = contextFor(session);
    expect(await told("view", { path: "src" }, context)).toBe("a.c\nb/");
    await session.writeFile(".tmp/nodes/0001-1.1-tie/about.txt", Buffer.from(""));
    expect(await told("view", { path: "/tmp/loopty/nodes" }, context)).toBe("0001-1.1-tie/");
    expect(await told("view", { path: "src/none" }, context)).toBe(
      "error: there is no file src/none",
    );
    expect(await told("view", { path: "x", start: 3 }, context)).toBe("error: x has 1 lines");
    await session.writeFile("bin", Buffer.from([0xff, 0xfe]));
    expect(await told("view", { path: "bin" }, context)).toBe(
      "error: bin is not UTF-8 text (2 bytes)",
    );
  });
});

describe("edit", () => {
  it("replaces what occurs once, and names the line", async () => {
    const session = new MemorySession({ "a.c": CODE });
    expect(
      await told("edit", { path: "a.c", old: "b = 2", new: "b = 3" }, contextFor(session)),
    ).toBe("a.c is changed: line 2 is new, of 6 lines");
    expect(session.texts["a.c"]).toBe(CODE.replace("b = 2", "b = 3"));
  });

  it("names of a long change where it begins and ends, and shows nothing that the model wrote", async () => {
    const session = new MemorySession({ "a.c": CODE });
    const lines = Array.from({ length: 20 }, (_, index) => `  a += ${index};`).join("\n");
    const change = { path: "a.c", old: "  return a;", new: `${lines}\n  return a;` };
    expect(await told("edit", change, contextFor(session))).toBe(
      "a.c is changed: lines 5 to 24 are new, of 26 lines",
    );
  });

  it("names the line before which lines are gone", async () => {
    const session = new MemorySession({ "a.c": CODE });
    const change = { path: "a.c", old: "int b = 2;\n", new: "" };
    expect(await told("edit", change, contextFor(session))).toBe(
      "a.c is changed: lines are gone before line 2, of 5 lines",
    );
  });

  it("names the lines of several matches, and replaces all where told so", async () => {
    const session = new MemorySession({ "a.c": CODE });
    const context = contextFor(session);
    expect(await told("edit", { path: "a.c", old: "int ", new: "long " }, context)).toBe(
      "error: a.c: the old text occurs 3 times, at lines 1, 2, 4; it must occur once",
    );
    await told("edit", { path: "a.c", old: "int ", new: "long ", all: true }, context);
    expect(session.texts["a.c"]).toBe(CODE.replaceAll("int ", "long "));
  });

  it("keeps CRLF where every line ends so, for one and for all", async () => {
    const session = new MemorySession({ a: "1\r\n2\r\n1\r\n2\r\n" });
    const context = contextFor(session);
    await told("edit", { path: "a", old: "1\n2", new: "3\n4", all: true }, context);
    expect(session.texts).toEqual({ a: "3\r\n4\r\n3\r\n4\r\n" });
  });

  it("shows the most similar places where nothing matches", async () => {
    const context = contextFor(new MemorySession({ "a.c": CODE }));
    const old = "int main() {\n    return a;\n}";
    expect(await told("edit", { path: "a.c", old, new: "" }, context)).toBe(
      "error: a.c: the old text does not occur\nthe most similar places are:\n    4\tint main() {\n    5\t  return a;\n    6\t}",
    );
    expect(await told("edit", { path: "a.c", old: "zzz", new: "", all: true }, context)).toBe(
      "error: a.c: the old text does not occur",
    );
  });

  it("refuses what would change nothing, and tells what the kernel refuses", async () => {
    const session = new MemorySession({ a: "1" }, () => "Read-only file system");
    const context = contextFor(session);
    expect(await told("edit", { path: "a", old: "1", new: "1" }, context)).toMatch(
      /^error: .*same/,
    );
    expect(await told("edit", { path: "a", old: "1", new: "2" }, context)).toBe(
      "error: a: Read-only file system",
    );
    expect(await told("edit", { path: "b", old: "1", new: "2" }, context)).toBe(
      "error: b: there is no such file",
    );
  });
});

describe("write", () => {
  it("writes a whole file", async () => {
    const session = new MemorySession({});
    const context = contextFor(session);
    expect(await told("write", { path: "/workspace/b.c", content: "1\n2\n" }, context)).toBe(
      "b.c is written, 2 lines",
    );
    expect(session.texts).toEqual({ "b.c": "1\n2\n" });
    expect(await told("write", { path: "b.c", content: "1\n2\n" }, context)).toMatch(
      /^error: .*exactly/,
    );
  });
});
