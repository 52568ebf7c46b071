import { expect, it } from "vitest";
import type { WorkspaceFile } from "../../../src/core/file.ts";
import { changedFiles } from "../../../src/core/merging/changed-files.ts";

const file = (path: string, content: string, mode: WorkspaceFile["mode"] = "100644") => ({
  path,
  mode,
  content: Buffer.from(content),
});

it("says what is to be written, deleted, and made executable or not", () => {
  const before = [
    file("a.c", "a"),
    file("gone", ""),
    file("run.sh", "x"),
    file("old.sh", "o", "100755"),
  ];
  const after = [
    file("a.c", "A"),
    file("run.sh", "x", "100755"),
    file("old.sh", "O"),
    file("new.sh", "n", "100755"),
  ];
  expect(changedFiles(before, after)).toEqual([
    { kind: "write", path: "a.c", content: Buffer.from("A") },
    { kind: "mode", path: "run.sh", mode: "100755" },
    { kind: "write", path: "old.sh", content: Buffer.from("O") },
    { kind: "mode", path: "old.sh", mode: "100644" },
    { kind: "write", path: "new.sh", content: Buffer.from("n") },
    { kind: "mode", path: "new.sh", mode: "100755" },
    { kind: "delete", path: "gone" },
  ]);
});
