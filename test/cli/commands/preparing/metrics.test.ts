import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { metrics } from "../../../../src/cli/commands/preparing/metrics.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { fakeWorld } from "../../fake-world.ts";

const REPORTS = new URL("../../../core/metrics/formats/reports/", import.meta.url);

function worldWith(report: string, yaml?: string) {
  const world = fakeWorld(scratchFolder());
  copyFileSync(new URL(report, REPORTS), join(world.cwd, report));
  const keys = "name: x\nstatement: s\naccess: { writable: [src/] }\ncommands: { benchmark: b }\n";
  if (yaml !== undefined) writeFileSync(join(world.cwd, "loopty.yaml"), keys + yaml);
  return world;
}

describe("metrics", () => {
  it("finds the format by looking, and shows what is offered and what counts", async () => {
    const world = worldWith("hyperfine-1.15.json");
    expect(await metrics(world, { file: "hyperfine-1.15.json" })).toBe(0);
    expect(world.stdout.text).toBe(
      [
        "read as hyperfine: 6 metrics",
        "  metric                 better  samples  median  ",
        "  sleep 0.01 time (s)    lower   4        0.02233 ",
        "  sleep 0.01 user (s)    lower   1        0.001073",
        "  sleep 0.01 system (s)  lower   1        0.006377",
        "  sleep 0.02 time (s)    lower   4        0.0242  ",
        "  sleep 0.02 user (s)    lower   1        0.001324",
        "  sleep 0.02 system (s)  lower   1        0.004338",
        "what counts, in order of priority, in 4 rows:",
        "  1. sleep 0.01 time (s)  lower is better  0.02233",
        "  2. sleep 0.02 time (s)  lower is better  0.0242 ",
        "metrics.select names others, metrics.combine makes one of them, metrics.guards holds some back",
        "",
      ].join("\n"),
    );
  });

  it("reads by the loopty.yaml that is there", async () => {
    const yaml =
      'metrics: { format: go, combine: geomean, guards: { "BenchmarkSort (B/op)": 5% } }\n';
    const world = worldWith("go-1.19.txt", yaml);
    expect(await metrics(world, { file: "go-1.19.txt", json: true })).toBe(0);
    expect(world.stdout.json).toMatchObject({
      format: "go",
      rows: 3,
      counting: [
        { name: "geomean", direction: "lower" },
        { name: "BenchmarkSort (B/op)", direction: "lower", median: 48 },
      ],
    });
  });

  it("says of what loopty counts that no file has it", async () => {
    const world = worldWith("go-1.19.txt", "metrics: { format: go, guards: { wall_ms: 5% } }\n");
    expect(await metrics(world, { file: "go-1.19.txt" })).toBe(0);
    expect(world.stdout.text).toMatch(
      /\n {2}\d\. wall_ms +lower is better {2}counted by loopty of each run\n/,
    );
    const again = fakeWorld(world.cwd);
    await metrics(again, { file: "go-1.19.txt", json: true });
    expect(again.stdout.json).toMatchObject({
      counting: expect.arrayContaining([{ name: "wall_ms", direction: "lower", median: null }]),
    });
  });

  it("says why a file cannot be read", async () => {
    const world = worldWith("go-1.19.txt");
    const reasonOf = (file: string, format?: "jmh") =>
      metrics(world, { file, ...(format === undefined ? {} : { format }) });
    await expect(reasonOf("go-1.19.txt", "jmh")).rejects.toThrow(
      "no report of JMH (-rf json): it is not JSON",
    );
    await expect(reasonOf("none")).rejects.toThrow(`cannot read ${world.cwd}/none: ENOENT`);
    writeFileSync(join(world.cwd, "text"), "hello\n");
    await expect(reasonOf("text")).rejects.toThrow("no known format reads this file");
  });
});
