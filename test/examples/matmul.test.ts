import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readParameter } from "../../src/agent/tuner/parameter.ts";

const project = new URL("../../examples/matmul/", import.meta.url);
const read = (path: string) => readFile(fileURLToPath(new URL(path, project)), "utf8");

describe("examples/matmul", () => {
  it.each([
    ["BLOCK", "8", ["4", "8", "16", "32", "64", "128"]],
    ["UNROLL", "1", ["1", "2", "4", "8"]],
    ["LOOP_ORDER", "0", ["0", "1", "2"]],
  ])("has the tunable %s once, at its slow value %s", async (name, value, values) => {
    const parameter = { name, file: "src/matmul.c", pattern: `^#define ${name} (\\d+)`, values };
    expect(readParameter(parameter, await read("src/matmul.c"))).toMatchObject({
      kind: "found",
      value,
    });
  });

  it("verifies odd sizes, sizes around those of the tiles, and the size that is timed", async () => {
    const lines = (await read("oracle/expected.txt")).trimEnd().split("\n").slice(1);
    for (const line of lines) expect(line).toMatch(/^\d+ [0-9a-f]{16} [0-9a-f]{16}$/);
    const timed = /^#define SIZE (\d+)$/m.exec(await read("src/bench.c"))?.[1];
    expect(lines.map((line) => line.split(" ")[0])).toEqual(
      expect.arrayContaining(["1", "7", "63", "64", "65", "129", timed]),
    );
  });

  it("keeps git from taking in what the build and the benchmark make", async () => {
    expect((await read(".gitignore")).trim().split("\n")).toEqual(
      expect.arrayContaining(["/bench", "/verify", "/metrics.csv"]),
    );
  });
});
