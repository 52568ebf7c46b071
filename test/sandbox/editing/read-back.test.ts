import { describe, expect, it } from "vitest";
import { compileAccess } from "../../../src/core/access/policy.ts";
import type { RawEntry } from "../../../src/sandbox/container/archive.ts";
import { planMounts } from "../../../src/sandbox/editing/mount-plan.ts";
import { type ReadBackRules, validateReadBack } from "../../../src/sandbox/editing/read-back.ts";

const policy = compileAccess({
  writable: ["src/", "params.h"],
  readable: ["src/keep.h", "src/lib/"],
  hidden: ["src/oracle/"],
  default: "readable",
});

// In the volume, 0 is params.h and 1 is src/.
const rules: ReadBackRules = {
  policy,
  plan: planMounts({
    policy,
    protectedFiles: ["src/keep.h", "src/lib/a.h", "bench.sh"],
    hiddenFiles: ["src/oracle/x"],
    buildOutputs: ["src/k.o"],
    writableFiles: ["params.h", "src/k.c"],
  }),
  isIgnored: (path) => path.endsWith(".log"),
  buildOutputs: new Set(["src/k.o", "src/out"]),
  parentPaths: new Set(["params.h", "src/k.c", "src/old.log"]),
};

const entry = (name: string, text = "x", other: Partial<RawEntry> = {}): RawEntry => {
  return { name, type: "file", mode: 0o644, content: Buffer.from(text), ...other };
};
const folder = (name: string): RawEntry => {
  return { name, type: "directory", mode: 0o755, content: Buffer.alloc(0) };
};
const validate = (...entries: RawEntry[]) => validateReadBack(entries, rules);
const reason = (...entries: RawEntry[]) => {
  const back = validate(...entries);
  return back.kind === "violation" ? back.reason : back;
};

describe("what comes out of an agent's volume", () => {
  it("becomes the node's files, sorted by path, and folders alone are nothing", () => {
    const back = validate(
      ...[
        folder("."),
        folder("./1"),
        entry("./1/z.c", "z"),
        folder("./1/empty"),
        folder("./1/.wh.x"),
      ],
      ...[entry("./1/a/b.c", "b", { mode: 0o100755 }), entry("./0", "p")],
    );
    expect(back).toEqual({
      kind: "files",
      dropped: [],
      files: [
        { path: "params.h", mode: "100644", content: Buffer.from("p") },
        { path: "src/a/b.c", mode: "100755", content: Buffer.from("b") },
        { path: "src/z.c", mode: "100644", content: Buffer.from("z") },
      ],
    });
  });

  it("does without the empty stand-ins of protected files, and refuses a full one", () => {
    expect(validate(entry("./1/keep.h", ""))).toEqual({ kind: "files", dropped: [], files: [] });
    expect(reason(entry("./1/keep.h"))).toBe("src/keep.h is readable, not writable");
    expect(reason(entry("./1/keep.h", "", { type: "symlink" }))).toBe(
      "src/keep.h is a symlink, not a plain file",
    );
  });

  it("drops and reports by-products of any type, except what the parent had", () => {
    const back = validate(
      ...[entry("1/k.o"), entry("1/run.log", "", { type: "symlink" }), entry("1/old.log")],
      entry("1/out", "", { type: "fifo" }),
    );
    expect(back).toMatchObject({
      dropped: ["src/k.o", "src/run.log", "src/out"],
      files: [{ path: "src/old.log" }],
    });
  });

  it.each([
    ["2/x", "2/x lies outside of the writable entries"],
    ["x", "x lies outside of the writable entries"],
    ["../1/x", "../1/x lies outside of the writable entries"],
    ["/1/x", "/1/x lies outside of the writable entries"],
    ["0/x", "0/x lies outside of the writable entries"],
    ["1/../x", "src/../x leaves its folder with .."],
    ["1/./x", "src/./x has a part that is only a dot"],
    ["1//x", "src//x has an empty part"],
    ["1/a\\b", "src/a\\b has a backslash"],
    ["1/.GIT/config", "src/.GIT/config lies in .git or .loopty"],
    ["1/git~1", "src/git~1 lies in .git or .loopty"],
    ["1/.wh..wh..opq", "src/.wh..wh..opq has a part that overlay file systems read as a deletion"],
    ["1/a\u001b[2Jb", "src/a\\x1b[2Jb has a control character"],
    ["1/lib/new.h", "src/lib/new.h is readable, not writable"],
    ["1/oracle/x", "src/oracle/x is hidden, not writable"],
    ["1/oracle", "src/oracle is readable, not writable"],
    [`1/${"d/".repeat(64)}x`, expect.stringMatching(/is more than 64 folders deep$/)],
    [
      `1/${"n".repeat(256)}`,
      expect.stringMatching(/^src\/n{195}… has a part longer than 255 bytes$/),
    ],
  ])("is refused with %j", (name, expected) => {
    expect(reason(entry(name))).toEqual(expected);
  });

  it("is refused where a folder becomes a git repository, and not where the user's own files make it one", () => {
    const files = ["1/d/HEAD", "1/d/objects/x", "1/d/refs/x"].map((name) => entry(name));
    expect(reason(...files)).toBe("src/d would be a git repository");
    const parentPaths = new Set(["src/d/HEAD", "src/d/objects/x", "src/d/refs/x"]);
    expect(validateReadBack(files, { ...rules, parentPaths })).toMatchObject({ kind: "files" });
  });

  it.each(["symlink", "link", "fifo", "character-device", "block-device"])(
    "is refused with a %s",
    (type) => {
      expect(reason(entry("1/k.c"), entry("1/x", "", { type }))).toBe(
        `src/x is a ${type}, not a plain file`,
      );
    },
  );
});
