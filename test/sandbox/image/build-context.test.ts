import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextEntries, readDockerignore } from "../../../src/sandbox/image/build-context.ts";

describe(".dockerignore", () => {
  // The examples are those of https://docs.docker.com/build/concepts/context/#dockerignore-files.
  it.each([
    ["*/temp*", ["a/temp.txt", "a/temp/x"], ["temp.txt", "a/b/temp"]],
    ["*/*/temp*", ["a/b/temp", "a/b/temporary.txt"], ["a/temp"]],
    ["temp?", ["tempa", "tempb/x"], ["temp", "tempab"]],
    ["**/*.go", ["a.go", "a/b/c.go"], ["a.god"]],
    ["*.md\n!README.md", ["a.md"], ["README.md", "docs/a.md"]],
    ["!README.md\n*.md", ["README.md"], []],
    ["# comment\n\n/foo/bar/", ["foo/bar", "foo/bar/baz"], ["foo/ba", "# comment"]],
    ["*\n!src", ["a", ".git/x"], ["src", "src/a"]],
    ["{a,b}", ["{a,b}"], ["a", "b"]],
  ])("%j leaves out what it matches", (text, out, kept) => {
    const isIgnored = readDockerignore(text);
    expect([...out, ...kept].filter(isIgnored)).toEqual(out);
  });
});

describe("a build's context", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "loopty-context-"));
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a/run"), "x", { mode: 0o750 });
    writeFileSync(join(folder, "secret"), "x");
    writeFileSync(join(folder, ".dockerignore"), "secret\n");
    symlinkSync("a/run", join(folder, "link"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has files, folders and links, without what is ignored", () => {
    const entries = contextEntries(folder).map(({ path, content, mode }) => [
      path,
      typeof content === "string" ? content : "linkTo" in content ? content.linkTo : mode,
    ]);
    expect(entries.sort()).toEqual([
      [".dockerignore", 0o644],
      ["a", "folder"],
      ["a/run", 0o750],
      ["link", "a/run"],
    ]);
  });
});
