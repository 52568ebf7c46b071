import { describe, expect, it } from "vitest";
import { fail, ok, warn } from "../../../src/cli/doctor/check.ts";
import { diagnosisLines } from "../../../src/cli/doctor/diagnosis.ts";
import { checkParameters, checkWorkspace } from "../../../src/cli/doctor/project-check.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { divideWorkspace } from "../../../src/loop/origin/workspace.ts";
import { addFiles } from "../../config/folder-tree.ts";
import { scratchFolder } from "../../store/scratch.ts";

const HOLES = [warn("engine", "hole 1", "update"), warn("engine", "hole 2", "update")];

describe("what doctor found", () => {
  it("is told failures first, warnings of one kind as one, and closes with the first problem", () => {
    const checks = [ok("node", "v20"), ...HOLES, fail("build", "exit 2\nlog", "mend it")];
    expect(diagnosisLines(checks, false)).toEqual([
      "fail  build      exit 2",
      "                 log",
      "                 -> mend it",
      "warn  engine     2 warnings, first: hole 1",
      "                 -> update; --verbose shows all of them",
      "ok    node       v20",
      "1 problem, first: build: exit 2",
    ]);
  });

  it("is told whole where that is asked for, and closes with what to do where nothing fails", () => {
    expect(diagnosisLines([ok("node", "v20"), ...HOLES], true)).toEqual([
      "warn  engine     hole 1",
      "                 -> update",
      "warn  engine     hole 2",
      "                 -> update",
      "ok    node       v20",
      "ready: loopty run",
    ]);
  });
});

it("closes with what works without a key where only the agent has none", () => {
  const checks = [ok("node", "v20"), warn("agent", "needs an API key", "export it")];
  expect(diagnosisLines(checks, false).at(-1)).toBe(
    "ready, but for the agent: loopty run --experiments 0, then loopty try, need none",
  );
});

async function projectOf(writable: string, more = "") {
  const directory = scratchFolder();
  await addFiles(directory, {
    "src/k.c": "int a;\n#define BLOCK 16\n#define SIZE 4\n",
    "loopty.yaml": `name: x\nstatement: s\naccess: { writable: ${writable} }\ncommands: { benchmark: b }\n${more}`,
  });
  return (await loadConfig({ directory })).config;
}

describe("a project", () => {
  it("fails where access.writable matches nothing, and is told the nearest folder", async () => {
    const checkOf = async (writable: string) =>
      checkWorkspace(await divideWorkspace(await projectOf(writable)));
    expect(await checkOf("[scr/]")).toMatchObject({
      state: "fail",
      text: "access.writable (scr/) matches no file: the agent could change nothing",
      hint: "did you mean src/?",
    });
    expect(await checkOf("[src/, gen/]")).toMatchObject({
      state: "warn",
      text: expect.stringContaining("access.writable: gen/ is not there"),
    });
    expect(await checkOf("[src/]")).toMatchObject({ state: "ok" });
  });

  it("shows where a tuner's parameters stand, and fails where a pattern does not match once", async () => {
    const parameter = (name: string, pattern: string) =>
      `{ name: ${name}, file: src/k.c, pattern: '${pattern}', values: [1, 2] }`;
    const checksOf = async (...parameters: string[]) =>
      checkParameters(
        await projectOf(
          "[src/]",
          `agent: { kind: tuner, parameters: [${parameters.join(", ")}] }\n`,
        ),
      );
    const block = parameter("BLOCK", "BLOCK (\\d+)");
    expect(await checksOf(block, parameter("SIZE", "SIZE (\\d+)"))).toMatchObject([
      { state: "ok", text: "BLOCK is 16 (src/k.c:2)\nSIZE is 4 (src/k.c:3)" },
    ]);
    expect(await checksOf(block, parameter("ANY", "define \\w+ (\\d+)"))).toMatchObject([
      {
        state: "fail",
        text: "src/k.c: the pattern of ANY matches 2 times, at lines 2, 3; it must match once",
      },
    ]);
  });
});
