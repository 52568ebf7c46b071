import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { divideWorkspace } from "../../src/loop/origin/workspace.ts";

const example = fileURLToPath(new URL("../../examples/circle-packing/", import.meta.url));

/** The sandbox has it, wherever loopty runs; this machine may not. */
const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe("examples/circle-packing", () => {
  let directory: string;
  let grid: readonly string[];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "loopty-circles-"));
    const packed = spawnSync("python3", [`${example}pack.py`], { encoding: "utf8" });
    grid = (packed.stdout ?? "").trimEnd().split("\n");
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** What the evaluator says of a file of these lines. */
  async function evaluate(lines: readonly string[], end = "\n") {
    const path = join(directory, "circles.txt");
    await writeFile(path, lines.join("\n") + end);
    const evaluator = `${example}oracle/evaluate.py`;
    const { status, stdout, stderr } = spawnSync("python3", ["-I", evaluator, path], {
      encoding: "utf8",
    });
    return { status, text: `${stdout}${stderr}`.trimEnd() };
  }

  it("loads, and shows the agent nothing but the packer and the benchmark", async () => {
    const { config } = await loadConfig({ directory: example });
    const { files } = await divideWorkspace(config);
    expect(files.map(({ path }) => path)).toEqual([".gitignore", "bench.py", "pack.py"]);
  });

  it.runIf(hasPython)("starts from 26 circles that are allowed", async () => {
    expect(await evaluate(grid)).toEqual({
      status: 0,
      text: "26 circles, sum of radii 2.1666666666406664",
    });
  });

  it.runIf(hasPython)("lets circles touch, and overlap by nothing at all", async () => {
    const [, , ...rest] = grid.map((line) => line.replace(/ \S+$/, " 1e-9"));
    const pair = (radius: string) => [`0.25 0.5 ${radius}`, `0.75 0.5 ${radius}`, ...rest];
    const clear = (lines: readonly string[]) =>
      lines.map((line, index) => (index < 2 ? line : `0.${500 + index} 0.001 1e-6`));
    expect((await evaluate(clear(pair("0.25")))).status).toBe(0);
    expect(await evaluate(clear(pair("0.25000000000000006")))).toEqual({
      status: 1,
      text: "circle 1 leaves the square",
    });
    const overlapping = clear(["0.25 0.5 0.25", "0.7499999999999999 0.5 0.25", ...rest]);
    expect(await evaluate(overlapping)).toEqual({ status: 1, text: "circles 1 and 2 overlap" });
  });

  it.runIf(hasPython).each([
    ["NaN", "nan nan nan", "is no finite number"],
    ["infinity", "0.5 0.5 inf", "is no finite number"],
    ["a number too large for a double", "0.5 0.5 1e999", "is no finite number"],
    ["underscores", "0.5 0.5 0_1", "is no finite number"],
    ["a radius of zero", "0.5 0.5 0.0", "the radius is not positive"],
    ["a negative radius", "0.5 0.5 -0.1", "the radius is not positive"],
    ["a missing field", "0.5 0.5", "2 fields instead of x y r"],
    ["digits of another script", "0.5 0.5 ٠.1", "can't decode"],
  ])("refuses %s", async (_, line, reason) => {
    const { status, text } = await evaluate([line, ...grid.slice(1)]);
    expect(status).toBe(1);
    expect(text).toContain(reason);
  });

  it.runIf(hasPython)("counts: 26 lines, each with its end, of no endless file", async () => {
    expect((await evaluate(grid.slice(1))).text).toBe("25 lines instead of 26");
    expect((await evaluate([...grid, "0.5 0.5 1e-9"])).text).toBe("27 lines instead of 26");
    expect((await evaluate(grid, "")).text).toBe("the last line does not end");
    expect((await evaluate([...grid, "0".repeat(70_000)])).text).toContain("longer than");
  });
});
