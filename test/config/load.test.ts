import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { UserError } from "../../src/core/error.ts";
import { MINIMAL } from "./minimal.ts";

let directory = "";

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "loopty-load-")));
});

afterEach(() => rm(directory, { recursive: true }));

async function load(yaml: string | Buffer) {
  await writeFile(join(directory, "loopty.yaml"), yaml);
  return loadConfig({ directory });
}

function faultOf(yaml: string): UserError {
  try {
    parseConfig(yaml);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it validates");
}

describe("loadConfig", () => {
  it("resolves every path from the folder of the file", async () => {
    await mkdir(join(directory, "code"));
    await mkdir(join(directory, "box"));
    await writeFile(join(directory, "box/Dockerfile"), "FROM scratch\n");
    await writeFile(join(directory, "problem.md"), "Make it small.\n");
    await writeFile(join(directory, "edits.yaml"), "");
    const yaml = `${MINIMAL.replace(/^statement.*/m, "statement_file: problem.md")}
workspace: { path: code }
sandbox: { dockerfile: box/Dockerfile }
agent: { kind: replay, from: edits.yaml }
`;
    const loaded = await load(yaml);
    expect(loaded).toMatchObject({
      projectDirectory: directory,
      file: join(directory, "loopty.yaml"),
      yaml,
    });
    expect(loaded.config).toMatchObject({
      statement: "Make it small.\n",
      workspace: { path: join(directory, "code") },
      sandbox: { base: { kind: "dockerfile", path: join(directory, "box/Dockerfile") } },
      agent: { kind: "replay", from: { kind: "edits", path: join(directory, "edits.yaml") } },
    });
  });

  it("reads another file, whose folder is then the project's", async () => {
    await mkdir(join(directory, "other"));
    await writeFile(join(directory, "other/fast.yaml"), MINIMAL);
    const loaded = await loadConfig({ directory, file: "other/fast.yaml" });
    expect(loaded.projectDirectory).toBe(join(directory, "other"));
    expect(loaded.config.workspace.path).toBe(join(directory, "other"));
  });

  it("follows a symlink to the workspace itself, as the folders below are walked without", async () => {
    await mkdir(join(directory, "real"));
    await symlink("real", join(directory, "link"));
    const { config } = await load(`${MINIMAL}workspace: { path: link }\n`);
    expect(config.workspace.path).toBe(join(directory, "real"));
  });

  it("says what to do when there is no file", async () => {
    await expect(loadConfig({ directory })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(`cannot read ${join(directory, "loopty.yaml")}`),
      hint: "`loopty init` writes one; --config names another file",
    });
  });

  it.each([
    ["sandbox: { dockerfile: nowhere }", "sandbox.dockerfile: cannot find nowhere"],
    ["sandbox: { dockerfile: . }", "sandbox.dockerfile: . is not a file"],
    ["workspace: { path: loopty.yaml }", "workspace.path: loopty.yaml is not a folder"],
    ["agent: { kind: replay, from: e.yaml }", "agent.from: cannot find e.yaml"],
  ])("refuses %s", async (yaml, message) => {
    await expect(load(`${MINIMAL}${yaml}\n`)).rejects.toMatchObject({ name: "UserError", message });
  });

  it("refuses a statement_file that is missing or says nothing", async () => {
    const yaml = MINIMAL.replace(/^statement.*/m, "statement_file: problem.md");
    await expect(load(yaml)).rejects.toThrow(/^statement_file: cannot read problem.md/);
    await writeFile(join(directory, "problem.md"), " \n");
    await expect(load(yaml)).rejects.toThrow("statement_file: problem.md is empty");
  });

  it("refuses bytes that are not UTF-8, and a file too large to be a loopty.yaml", async () => {
    await expect(load(Buffer.from([0x6e, 0xff]))).rejects.toThrow("is not UTF-8 text");
    await expect(load(`#${" ".repeat(1024 ** 2)}`)).rejects.toThrow("is larger than 1 MiB");
  });

  it("refuses a folder, a pipe that nobody writes to and a device without an end", async () => {
    const path = join(directory, "loopty.yaml");
    for (const target of ["/dev/zero", directory]) {
      await symlink(target, path);
      await expect(loadConfig({ directory })).rejects.toThrow(
        `cannot read ${path}: it is not a plain file`,
      );
      await rm(path);
    }
    execFileSync("mkfifo", [path]);
    await expect(loadConfig({ directory })).rejects.toThrow("it is not a plain file");
  });
});

describe("the problems of a loopty.yaml", () => {
  it("are all listed, with line, path and the nearest known key", () => {
    const yaml = `${MINIMAL}budget: { experimets: 3 }
parallel: 2
sandbox: { memory: 2q }
agent:
  kind: tuner
  parameters:
    - nam: BLOCK
      file: src/a.c
      pattern: B (.)
      values: [1, 2]
colour: blue
`;
    expect(faultOf(yaml)).toMatchObject({
      message: `loopty.yaml has 6 problems:
  line 5: unknown key budget.experimets; did you mean experiments?
  line 6: unknown key parallel; did you mean search.parallel?
  line 7: sandbox.memory: "2q" is not a size of at least 6m such as 512m or 2g
  line 11: agent.parameters[0].name is missing
  line 11: unknown key agent.parameters[0].nam; did you mean name?
  line 15: unknown key colour; known here: name, statement, statement_file, context, machines, workspace, access, sandbox, commands, timeouts, metrics, agent, search, budget, rate_limit, git`,
      hint: "docs/config.md describes every key",
    });
  });

  it("are told in the words of the file, not of the schema", () => {
    const yaml =
      "name: 5\nstatement: x\naccess: [a]\nbudget:\nmetrics: { early_stop: 1, rows: row }\n";
    expect(faultOf(yaml).message).toBe(`loopty.yaml has 6 problems:
  line 1: name: must be text
  line 1: commands is missing
  line 3: access: must be a section with keys
  line 4: budget: must be a section with keys
  line 5: metrics.early_stop: must be true or false
  line 5: metrics.rows: must be one of auto, samples, series`);
  });

  it.each([
    ["", "line 1: the file: must be a section with keys"],
    ["[1]", "line 1: the file: must be a section with keys"],
    ["name: a\nname: b\n", "line 2, column 1: Map keys must be unique"],
    ["name: [a\n", "line 2, column 1: "],
    ["name: !js a\n", "line 1, column 7: Unresolved tag: !js"],
    [`${MINIMAL}__proto__: { polluted: 1 }\n`, "line 5: unknown key __proto__"],
    [
      "access: { writable: [*.c] }\n",
      'line 1, column 22: "*.c" is an alias without an anchor; put text that begins with * in quotes',
    ],
    ["name: a\n---\nname: b\n", "line 2, column 1: "],
  ])("include whatever is wrong with the YAML of %j", (yaml, message) => {
    expect(faultOf(yaml).message).toContain(message);
  });

  it("include aliases that multiply, without expanding them", () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items =
        level === 0
          ? "[x, x]"
          : `[${Array(9)
              .fill(`*l${level - 1}`)
              .join(", ")}]`;
      return `a${level}: &l${level} ${items}\n`;
    });
    const started = performance.now();
    expect(faultOf(levels.join("")).message).toContain(
      "write the values out instead of using aliases",
    );
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each([
    ["brackets", "[".repeat(65), 1],
    ["a million of them", "[".repeat(1_000_000), 1],
    ["mappings in brackets", "{a: ".repeat(40), 1],
    ["keys of keys", "? ".repeat(65), 1],
    ["lists in a line", "- ".repeat(65), 1],
    ["values of values", "a: ".repeat(65), 1],
    [
      "lists, line by line",
      Array.from({ length: 70 }, (_, i) => `${" ".repeat(i)}-`).join("\n"),
      65,
    ],
    ["values in one bracket", `a: { b: ${"c: ".repeat(70)}}`, 1],
    ["values after a bracket that a line further left ended", `- { a: b\n- ${"c: ".repeat(70)}`, 2],
    ["values in brackets in values", `{${`${"a: ".repeat(20)}{`.repeat(4)}`, 1],
  ])("include what nests so deep that the library would end the process: %s", (_, yaml, line) => {
    expect(faultOf(yaml).message).toBe(
      `loopty.yaml has a problem:\n  line ${line}: nested deeper than 64 levels`,
    );
  });

  it("include no nesting where there is none: long lists, comments and blocks far to the right", () => {
    const far = " ".repeat(90);
    const statement = `statement: |\n${"  - [{ ? x: y: z\n".repeat(50)}${far}# -\n  ${far}x\n`;
    const yaml = MINIMAL.replace(/^statement.*\n/m, `${far}# far\n${statement}`);
    expect(parseConfig(yaml).statement).toMatchObject({ kind: "text" });
    const values = `[${Array.from({ length: 200 }, (_, i) => `"${i}"`).join(", ")}]`;
    const parameter = `{ name: B, file: src/a.c, pattern: "B (.)", values: ${values} }`;
    expect(
      parseConfig(`${MINIMAL}agent: { kind: tuner, parameters: [${parameter}] }\n`),
    ).toBeTruthy();
  });

  it("include every key that is there twice, at any depth, in bounded time", () => {
    expect(faultOf("a: { b: 1, c: [{ d: 1, d: 2 }] }\na: 2\n").message).toBe(
      "loopty.yaml has 2 problems:\n  line 2, column 1: Map keys must be unique\n  line 1, column 24: Map keys must be unique",
    );
    const before = process.cpuUsage();
    expect(faultOf("a: 1\n".repeat(20_000)).message).toContain("line 2, column 1");
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(8);
  });

  it("include an alias to what it stands in", () => {
    expect(faultOf(`${MINIMAL}search: &s { seed: 1, again: *s }\n`).message).toContain(
      "loopty.yaml",
    );
  });
});
