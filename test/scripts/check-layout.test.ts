import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { layoutProblems } from "../../scripts/layout/layout.mjs";
import { scratchFolder } from "../setup/scratch.ts";

const MAP = "docs/architecture.md";

/** What is wrong with a project of these files, by path. Its map names the folders that hold them, if it is not given. */
function problemsOf(files: Record<string, string>): string[] {
  const root = scratchFolder();
  const folders = new Set(Object.keys(files).map(dirname));
  const map = [...folders].map((folder) => `\`${folder}/\``).join("\n");
  for (const [path, text] of Object.entries({ [MAP]: map, "src/main.ts": "", ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return layoutProblems(root);
}

describe("the layout of src/", () => {
  it("lets every layer import the ones below it", () => {
    expect(
      problemsOf({
        "src/main.ts": `import "./cli/program/program.ts";`,
        "src/cli/program/program.ts": `export const load = () => import("../../loop/optimize.ts");`,
        "src/loop/optimize.ts": `import "../agent/agent.ts"; import "../store/project.ts";`,
        "src/agent/agent.ts": `export * from "../core/clock.ts";`,
        "src/store/project.ts": `import { z } from "zod"; export { z };`,
        "src/core/clock.ts": "export const clock = 1;",
      }),
    ).toEqual([]);
  });
});

describe("an upward import", () => {
  it.each([
    ["a value", `import { run } from "../loop/run.ts"; run();`],
    ["a type", `import type { Run } from "../loop/run.ts"; export const f = (run: Run) => run;`],
    ["a type in passing", `export const f = (run: import("../loop/run.ts").Run) => run;`],
    ["on demand", `export const f = () => import("../loop/run.ts");`],
    ["to export it again", `export { run } from "../loop/run.ts";`],
    ["to export all again", `export * from "../loop/run.ts";`],
  ])("is refused: %s", (_, text) => {
    expect(
      problemsOf({
        "src/core/id.ts": text,
        "src/loop/run.ts": "export const run = () => {}; export type Run = number;",
      }),
    ).toEqual([
      "src/core/id.ts imports src/loop/run.ts, and src/core may not import src/loop: move down what both need, or hand it in",
    ]);
  });

  it("is refused between two that stand side by side", () => {
    expect(
      problemsOf({
        "src/agent/conversation/open.ts": `import "../../store/project.ts";`,
        "src/store/project.ts": "",
      }),
    ).toEqual([
      "src/agent/conversation/open.ts imports src/store/project.ts, and src/agent may not import src/store: move down what both need, or hand it in",
    ]);
  });

  it("goes by the place below src/, whatever other folders are called", () => {
    expect(
      problemsOf({
        "src/core/loop/a.ts": `import "../cli/b.ts"; import "./config.ts";`,
        "src/core/loop/config.ts": "",
        "src/core/cli/b.ts": "",
      }),
    ).toEqual([]);
  });

  it("is refused from a place that is no layer, as nobody knows what lies below it", () => {
    expect(problemsOf({ "src/util/text.ts": "" })).toEqual([
      "src/util/text.ts is in no layer: move it into one, or name its place in scripts/layout/layer.mjs",
    ]);
  });
});

describe("a circle of imports", () => {
  it("is refused, though types alone make it", () => {
    expect(
      problemsOf({
        "src/core/a.ts": `import type { B } from "./b.ts"; export type A = B[];`,
        "src/core/b.ts": `import type { C } from "./c.ts"; export type B = C[];`,
        "src/core/c.ts": `import type { A } from "./a.ts"; export type C = A[];`,
      }),
    ).toEqual([
      "src/core/a.ts imports itself by way of others (src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts): move what both ends need into a file below them",
    ]);
  });

  it("is named without the files that only lead to it", () => {
    expect(
      problemsOf({
        "src/core/a.ts": `import "./b.ts";`,
        "src/core/b.ts": `import "./c.ts";`,
        "src/core/c.ts": `import "./b.ts";`,
      }),
    ).toEqual([
      "src/core/b.ts imports itself by way of others (src/core/b.ts -> src/core/c.ts -> src/core/b.ts): move what both ends need into a file below them",
    ]);
  });

  it("is none where two ways lead to the same file", () => {
    expect(
      problemsOf({
        "src/core/a.ts": `import "./b.ts"; import "./c.ts";`,
        "src/core/b.ts": `import "./d.ts";`,
        "src/core/c.ts": `import "./d.ts";`,
        "src/core/d.ts": "",
      }),
    ).toEqual([]);
  });
});

describe("the map", () => {
  it("must name the folder of every file", () => {
    expect(
      problemsOf({
        [MAP]: "`src/core/` is pure; src/core/text is not in backticks.",
        "src/core/clock.ts": "",
        "src/core/text/shell.ts": "",
      }),
    ).toEqual([
      "src/core/text/shell.ts is in a folder that docs/architecture.md does not name: add `src/core/text/` and what it is for, or move the file",
    ]);
  });

  it("must not name what is not there", () => {
    expect(
      problemsOf({
        [MAP]: "`src/core/`, `src/core/clock.ts`, `test/core/clock.test.ts`, `src/core/*.ts`",
        "src/core/clock.ts": "",
      }),
    ).toEqual([
      "docs/architecture.md names test/core/clock.test.ts, which does not exist: write where it is now",
    ]);
  });
});

describe("a function that the map names", () => {
  it("must be one of src/, or a method there", () => {
    const text = "export function go() {} class A { async stay() {} } const f = () => left();";
    expect(
      problemsOf({
        [MAP]: "`src/core/` has `go()`, `stay()` and `left()`",
        "src/core/a.ts": text,
      }),
    ).toEqual([
      "docs/architecture.md names left(), which no file of src/ has: write what it is called now",
    ]);
  });
});

describe("the name of a type", () => {
  const refusal =
    "src/core/a.ts and src/core/b.ts each export a type Side: rename one, or declare it once and import it";

  it.each([
    ["type", "export type Side = 1;"],
    ["interface", "export interface Side {}"],
    ["class", "export class Side {}"],
    ["class with a list of exports", "class Side {} export { Side };"],
  ])("is refused for a second %s", (_, text) => {
    expect(
      problemsOf({ "src/core/a.ts": "export interface Side {}", "src/core/b.ts": text }),
    ).toEqual([refusal]);
  });

  it.each([
    ["is not exported", "type Side = 1; export const side: Side = 1;"],
    ["comes from the other module", `export type { Side } from "./a.ts";`],
    ["is a value's", "export const Side = 1;"],
  ])("may be had twice where it %s", (_, text) => {
    expect(
      problemsOf({ "src/core/a.ts": "export interface Side {}", "src/core/b.ts": text }),
    ).toEqual([]);
  });
});

describe("a folder", () => {
  const holding = (count: number, folder: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/file-${i}.ts`, ""]));

  it("holds 22 files at most, those of its folders not counted", () => {
    const full = holding(22, "src/core");
    expect(problemsOf({ ...full, ...holding(2, "src/core/text") })).toEqual([]);
    expect(problemsOf({ ...full, "src/core/one-more.css": "" })).toEqual([
      "src/core holds 23 files, more than 22: give those of one idea a folder of their own",
    ]);
  });

  it("holds more where it holds the page's components", () => {
    expect(problemsOf(holding(30, "src/dashboard/page"))).toEqual([]);
  });
});

describe("a file that is no TypeScript", () => {
  it("is named when it claims to be", () => {
    expect(() => problemsOf({ "src/core/a.ts": "import {" })).toThrow(
      /^src\/core\/a\.ts cannot be parsed: /,
    );
  });
});
