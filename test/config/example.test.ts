import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configSections } from "../../src/config/key.ts";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { listWorkspace } from "../../src/config/workspace/workspace.ts";
import { checkAgainstFiles, compileAccess } from "../../src/core/access/policy.ts";

const directory = fileURLToPath(new URL("../../", import.meta.url));
const yaml = await readFile(new URL("../../loopty.yaml", import.meta.url), "utf8");
// A key behind "#" without a space is one that is not set; comments in words have the space.
const UNSET = /^( *)#(?=[a-z_]+:)/gm;

/** Paths of every key that holds a value, items of lists as `[]`; maps with free names end the path. */
function keyPaths(value: unknown, path = ""): string[] {
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) {
    return [path, ...value.flatMap((item) => keyPaths(item, `${path}[]`))];
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  if (/\.(weights|guards|scale|until|prices|env|when|models)$/.test(path)) return [path];
  return Object.entries(value).flatMap(([key, below]) =>
    keyPaths(below, path === "" ? key : `${path}.${key}`),
  );
}

describe("the loopty.yaml of this repository", () => {
  it("shows every key of the schema, and no other", () => {
    const shown = new Set(keyPaths(parse(yaml.replace(UNSET, "$1"))));
    const known = configSections().flatMap((section) => section.keys.map((key) => key.path));
    expect([...shown].sort()).toEqual([...new Set(known)].sort());
  });

  it("loads, and its rules fit the files of the example", async () => {
    const { config } = await loadConfig({ directory });
    expect(config).toMatchObject({
      name: "matmul",
      agent: { kind: "tuner" },
      budget: { experiments: 12 },
    });
    const { files } = await listWorkspace(config.workspace.path, config.workspace);
    const paths = files.map(({ path }) => path);
    expect(checkAgainstFiles(compileAccess(config.access), paths)).toEqual([]);
    expect(paths).not.toContain("bench");
  });

  it("declares parameters that stand in the code exactly once, at one of their values", async () => {
    const { config } = await loadConfig({ directory });
    if (config.agent.kind !== "tuner") throw new Error("not a tuner");
    for (const { file, pattern, values } of config.agent.parameters) {
      const code = await readFile(`${config.workspace.path}/${file}`, "utf8");
      const found = [...code.matchAll(new RegExp(pattern, "gm"))].map((match) => match[1]);
      expect(found).toHaveLength(1);
      expect(values).toContain(found[0]);
    }
  });

  it("shows values that validate behind every #", () => {
    const whole = yaml.replace(/^agent:\n(?: .*\n)*/m, "agent: { kind: claude }\n");
    const lines = whole.split("\n");
    const unset = lines.flatMap((line, index) => (line.match(UNSET) ? [index] : []));
    expect(unset.length).toBeGreaterThan(5);
    for (const index of unset) {
      const set = lines.map((line, at) => (at === index ? line.replace(UNSET, "$1") : line));
      // An engine is not lent: that is another item. The statement and its file exclude each other.
      const text = set.join("\n").replace(/^ +(?=slurm:)/m, "  - ");
      const alone = /^statement_file/m.test(text)
        ? text.replace(/^statement:.*\n(?: .*\n)*/m, "")
        : text;
      expect(() => parseConfig(alone)).not.toThrow();
    }
  });
});
