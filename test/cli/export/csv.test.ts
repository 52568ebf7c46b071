import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { exportCsv } from "../../../src/cli/export/csv.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { metricOf } from "../../agent/experiment-node.ts";
import { HOSTILE, unprintable } from "../../hostile-text.ts";
import { baselineWith } from "../../store/baseline-fixture.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { FakeSink, fakeWorld } from "../fake-world.ts";
import { reportedNodes, reportedResult } from "../reported-run.ts";
import { storeRun } from "../stored-run.ts";

async function project() {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, reportedNodes(), { result: reportedResult() });
  await storeRun(world, [{ id: "2", fields: { phase: "proposed", finishedAt: null } }], {
    baseline: baselineWith([{ header: "rss", name: "rss", direction: "higher" }]),
  });
  return world;
}

async function tableOf(
  cwd: string,
  options: Parameters<typeof exportCsv>[1],
): Promise<Record<string, string>[]> {
  const world = fakeWorld(cwd);
  expect(await exportCsv(world, options)).toBe(0);
  return parse(world.stdout.text, { columns: true, relax_column_count: false });
}

describe("export --csv", () => {
  it("has every node with its verdict, metrics, gains, pairs, tokens and times", async () => {
    const { cwd } = await project();
    const world = fakeWorld(cwd);
    await exportCsv(world, { id: "1", csv: "nodes" });
    expect(world.stdout.text.split("\n").slice(0, 3)).toEqual([
      "run,node,parent,ordinal,verdict,created_at,finished_at,pairs,repairs,lines_added,lines_removed," +
        "tokens,cache_read_tokens,usd,description,time_ms,time_ms gain,time_ms gain_low,time_ms gain_high," +
        "time_ms gain_from_root,time_ms result_gain,time_ms result_gain_low,time_ms result_gain_high",
      "1,1,,0,baseline,2026-01-01T00:00:00Z,2026-01-01T00:01:00Z,,0,,,0,0,0,baseline,100,,,,,,,",
      "1,1.1,1,1,improved,2026-01-01T00:00:00Z,2026-01-01T00:01:00Z,5,0,,,1000,0,,swap the loops,66.7,0.5,0.49,0.51,0.5,,,",
    ]);
    const rows = await tableOf(cwd, { id: "1", csv: "nodes" });
    expect(rows[2]).toMatchObject({
      node: "1.1.1",
      "time_ms result_gain": "3.37",
      "time_ms result_gain_low": "3.32",
      "time_ms result_gain_high": "3.41",
    });
  });

  it("has all runs without a number, with the metrics of all", async () => {
    const { cwd } = await project();
    const rows = await tableOf(cwd, { csv: "nodes" });
    expect(rows.map(({ run, node, verdict, rss }) => [run, node, verdict, rss])).toEqual([
      ...[
        ["1", "1", "baseline", ""],
        ["1", "1.1", "improved", ""],
      ],
      ...[
        ["1", "1.1.1", "confirmed", ""],
        ["1", "1.2", "worse", ""],
        ["2", "2", "proposed", ""],
      ],
    ]);
  });

  it("has the raw pairs, those that do not count as well", async () => {
    const { cwd } = await project();
    const rows = await tableOf(cwd, { csv: "pairs" });
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      ...{ run: "1", node: "1.1.1", purpose: "result", pair: "1", counts: "true", parent: "1" },
      ...{ "parent time_ms": "101", "child time_ms": "23", "child wall_ms": "1000" },
      "parent cpu_ms": "",
    });
  });

  it("has no text that a spreadsheet runs or a terminal obeys, and breaks no row", async () => {
    const world = fakeWorld(scratchFolder(), { stdout: new FakeSink({ isTty: true }) });
    const metric = { header: HOSTILE, name: HOSTILE, direction: "lower" } as const;
    const comparison = { against: parseId("1"), pairs: 5, metrics: [metricOf(HOSTILE, -0.2)] };
    const formulas = ["=1+1", "+1", "-1", "@x", '"a", b\n=c', "\uff1d1"];
    const children = formulas.map((description, k) => ({
      id: `1.${k + 1}`,
      fields: { description, comparison, verdict: "worse" as const, metrics: { [HOSTILE]: -1 } },
    }));
    await storeRun(world, [{ id: "1" }, ...children], { baseline: baselineWith([metric]) });
    const rows = await tableOf(world.cwd, { csv: "nodes" });
    expect(rows.slice(1).map(({ description }) => description)).toEqual([
      ...["'=1+1", "'+1", "'-1", "'@x", '"a", b\\n=c', "'\uff1d1"],
    ]);
    const [first = {}] = rows;
    expect(Object.keys(first).find((name) => name.includes("cmd|"))).toMatch(/^'=cmd/);
    // Numbers keep their sign, or a spreadsheet could not count with them.
    expect(Object.values(rows[1] ?? {}).filter((cell) => cell.startsWith("-"))).toEqual([
      ...["-1", "-0.2", "-0.21000000000000002", "-0.19"],
    ]);
    await exportCsv(world, { csv: "nodes" });
    expect(unprintable(world.stdout.text)).toEqual([]);
  });

  it("wants a run, not a node", async () => {
    const world = await project();
    await expect(exportCsv(world, { id: "1.1", csv: "nodes" })).rejects.toMatchObject({
      message: "1.1 is a node, and this is of a whole run",
    });
  });
});
