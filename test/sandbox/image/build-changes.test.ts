import { describe, expect, it } from "vitest";
import { EngineError } from "../../../src/core/error.ts";
import {
  type Change,
  checkBuildChanges,
  readChanges,
} from "../../../src/sandbox/image/build-changes.ts";

const RULES = {
  sources: new Set([
    "src/k.c",
    "src/new.c",
    "src/lex.yy.c",
    "src/both.c",
    "both.c",
    "bench.sh",
    "check.c",
    "head.h",
    "src/head.c",
    "Makefile",
  ]),
  isHidden: (path: string) => path.startsWith("oracle"),
  isWritable: (path: string) => path.startsWith("src/"),
  hiddenFiles: ["oracle/answer.c"],
  metricsFile: "metrics.csv",
  baselineOutputs: null,
};
const CHANGED = 0;
const ADDED = 1;
const DELETED = 2;

const check = (...changes: readonly [Change["Kind"], string][]) => {
  const result = checkBuildChanges(
    changes.map(([Kind, Path]) => ({ Kind, Path })),
    RULES,
  );
  return result.kind === "fine" ? result.outputs : result.reason;
};

describe("the changes that a build made", () => {
  it("are what it added to the workspace; folders that changed by that, and what lies elsewhere, are nothing", () => {
    expect(
      check(
        [CHANGED, "/workspace"],
        [CHANGED, "/workspace/src"],
        [ADDED, "/workspace/src/k.o"],
        [ADDED, "/workspace/out"],
        [ADDED, "/run/lock/x"],
        [ADDED, "/workspaces/x"],
      ),
    ).toEqual(["src/k.o", "out"]);
    expect(check()).toEqual([]);
  });

  it.each([
    [ADDED, "/workspace/.wh.bench.sh", "/workspace/.wh.bench.sh would delete files of the image"],
    [ADDED, "/var/.wh.x/y", "/var/.wh.x/y would delete files of the image"],
    [ADDED, "/workspace/a\ufffd", "/workspace/a\ufffd is not valid UTF-8"],
    [CHANGED, "/workspace/src/k.c", "src/k.c is a source and was changed by the build"],
    [ADDED, "/workspace/src/k.c", "src/k.c is a source and was changed by the build"],
    [DELETED, "/workspace/bench.sh", "bench.sh is a source and was changed by the build"],
    [DELETED, "/workspace/lib", "lib was deleted by the build"],
    [ADDED, "/workspace/oracle", "oracle is hidden and was made by the build"],
    [ADDED, "/workspace/metrics.csv", "metrics.csv is the metrics file and was made by the build"],
    [ADDED, "/workspace/.wh.\u001b[2J", "/workspace/.wh.\\x1b[2J would delete files of the image"],
  ] as const)("are refused with kind %i of %j", (kind, path, reason) => {
    expect(check([ADDED, "/workspace/fine"], [kind, path])).toBe(reason);
  });

  it.each([
    // What the baseline's made.
    ["bench", true],
    ["obj/k.o", true],
    ["obj/k.d", true],
    // In a folder that is not the build's own: objects of writable sources alone.
    ["obj/new.o", true],
    ["obj/new.c.o", true],
    ["obj/lex.yy.o", true],
    ["new.o", true],
    ["obj/new.d", false],
    ["obj/other.o", false],
    ["obj/check.o", false],
    ["check.o", false],
    ["check.s", false],
    ["both.o", false],
    ["answer.o", false],
    ["bench2", false],
    ["GNUmakefile", false],
    ["lib/__pycache__", false],
    ["csv.so", false],
    // In one that is: all but what stands in for sources of others.
    ["out/anything/new", true],
    ["out/new.d", true],
    ["out/other.o", true],
    ["out/lib.js", true],
    ["out/check.o", false],
    ["out/anything/check.c.o", false],
    ["out/check.d", false],
    ["out/anything/Makefile", true],
    ["out/head", true],
    ["obj/head.o", true],
    ["out/check", false],
    ["out/both.o", false],
    ["out/answer.o", false],
    ["out/check.cpython-311.pyc", false],
    ["src/new/table.h", true],
    ["src/check.o", true],
  ])("with %s, of which the baseline's build made its like: %s", (path, isFine) => {
    const added: readonly [Change["Kind"], string][] = [
      [CHANGED, "/workspace/obj"],
      [ADDED, "/workspace/out"],
      [ADDED, "/workspace/out/anything"],
      [ADDED, `/workspace/${path}`],
    ];
    const changes = added.map(([Kind, Path]) => ({ Kind, Path }));
    const baselineOutputs = ["bench", "fast.so", "obj/k.o", "obj/k.d", "out", "out/first"];
    expect(checkBuildChanges(changes, { ...RULES, baselineOutputs })).toEqual(
      isFine
        ? { kind: "fine", outputs: ["out", "out/anything", path] }
        : {
            kind: "violation",
            reason: `${path} was made by the build, and the baseline's makes nothing like it there`,
          },
    );
  });

  it("are read from the engine's answer, where none at all is the word null", () => {
    expect(readChanges([{ Path: "/x", Kind: 1 }])).toEqual([{ Path: "/x", Kind: 1 }]);
    expect(readChanges(Buffer.from("null\n"))).toEqual([]);
    expect(readChanges(null)).toEqual([]);
    for (const answer of [
      Buffer.from("[]x"),
      "null",
      {},
      [{ Path: "/x" }],
      [{ Path: "", Kind: 3 }],
    ]) {
      expect(() => readChanges(answer)).toThrow(EngineError);
    }
  });
});
