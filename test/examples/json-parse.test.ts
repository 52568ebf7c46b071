import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { listWorkspace } from "../../src/config/workspace/workspace.ts";
import { checkAgainstFiles, compileAccess } from "../../src/core/access/policy.ts";

const example = fileURLToPath(new URL("../../examples/json-parse/", import.meta.url));

/** The sandbox has them, wherever loopty runs; this machine may not. */
const canBuild = ["cc", "make"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

describe("examples/json-parse", () => {
  let directory: string;
  let parser: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "loopty-json-"));
    await cp(example, directory, { recursive: true });
    parser = await readFile(join(directory, "src/json.c"), "utf8");
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** The last line that verify prints of a parser. */
  async function verify(source: string): Promise<string | undefined> {
    await writeFile(join(directory, "src/json.c"), source);
    const make = (target: string) =>
      spawnSync("make", ["-s", "-B", target], { cwd: directory, encoding: "utf8" });
    return make("test").stdout.trimEnd().split("\n").at(-1);
  }

  it("loads, and its rules fit its files", async () => {
    const { config } = await loadConfig({ directory: example });
    const { files } = await listWorkspace(config.workspace.path, config.workspace);
    const paths = files.map(({ path }) => path);
    expect(checkAgainstFiles(compileAccess(config.access), paths)).toEqual([]);
  });

  it.runIf(canBuild)("is right as it stands", async () => {
    expect(await verify(parser)).toBe("691 of 691 cases passed");
  });

  it.runIf(canBuild).each([
    ["a shift too few", "point >> 12 & 0x3f", "point >> 11 & 0x3f"],
    ["surrogates in UTF-8", "high = 0x9f", "high = 0xbf"],
    ["one level too deep", "depth == JSON_MAX_DEPTH", "depth > JSON_MAX_DEPTH"],
    ["infinity", "return isfinite(*number)", "return 1"],
    ["a control character", "byte < 0x20", "byte < 0x1f"],
    ["a lone surrogate", "low < 0xdc00 ||", "0 ||"],
    ["float instead of double", "strtod(copy.bytes, NULL)", "strtof(copy.bytes, NULL)"],
    ["a byte behind the text", "in->at < in->end ?", "in->at <= in->end ?"],
  ])("notices %s", async (_, right, wrong) => {
    expect(parser).toContain(right);
    expect(await verify(parser.replace(right, wrong))).not.toBe("691 of 691 cases passed");
  });
});
