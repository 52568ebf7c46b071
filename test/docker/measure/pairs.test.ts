import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/id.ts";
import { fixedJudge } from "../../../src/core/judge.ts";
import { readHeader } from "../../../src/core/metric.ts";
import { measurePairs, type PairRecord } from "../../../src/measure/pairs.ts";
import { MeasuringSlot } from "../../../src/measure/slot.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const HEADER = "n,cost (lower is better)";
const METRICS = [readHeader("cost (lower is better)")];

describe("pairs of parent and child", () => {
  let lab: Lab;
  let parent: string;
  beforeAll(async () => {
    lab = await openLab({ files: { "src/k.c": "k\n" }, access: { writable: ["src/"] } });
    parent = await lab.built("echo 10 > cost");
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const measure = async (child: string, command: string, parentImage = parent) => {
    const records: PairRecord[] = [];
    const rows: string[] = [];
    const outcome = await measurePairs(
      {
        scope: lab.scope,
        benchmark: { command, timeoutMs: 60_000, metricsFile: null, hidden: [] },
        slot: new MeasuringSlot(async () => ({ [Symbol.asyncDispose]: async () => {} })),
        parent: { id: parseId("1"), imageId: parentImage },
        child: { id: parseId("1.1"), imageId: child },
        judge: fixedJudge({ metrics: METRICS, pairs: 4 }),
        metrics: METRICS,
        aggregates: ["mean"],
        seed: "seed",
        onRow: (side, pair, _, row) => void rows.push(`${pair} ${side} ${row.values}`),
        onPair: async (record) => void records.push(record),
      },
      signal,
    );
    return { outcome, records, rows };
  };

  it("are run back to back in a random order until the judge decides, and recorded raw", async () => {
    const child = await lab.built("echo 8 > cost");
    const command = `echo '${HEADER}'; echo 1,$(cat cost); echo 2,$(($(cat cost) + 2))`;
    const { outcome, records, rows } = await measure(child, command);
    if (outcome.kind !== "judged") throw new Error(outcome.kind);
    expect(outcome.pairs.map(({ parent, child }) => [parent, child])).toEqual(
      new Array(4).fill([[11], [9]]),
    );
    expect(outcome.first.file.toString()).toBe(`${HEADER}\n1,8\n2,10\n`);
    expect(records.map(({ pair, parent, child }) => [pair, parent, child])).toEqual(
      [0, 1, 2, 3, 4].map((pair) => [
        pair,
        { id: "1", values: [11], rows: 2, wallMs: expect.any(Number) },
        { id: "1.1", values: [9], rows: 2, wallMs: expect.any(Number) },
      ]),
    );
    // The rows came in the order that is recorded, and both orders occur.
    expect(rows).toEqual(
      records.flatMap(({ pair, order }) => {
        const sides = [
          `${pair} parent 10`,
          `${pair} parent 12`,
          `${pair} child 8`,
          `${pair} child 10`,
        ];
        return order === "parent_first" ? sides : [...sides.slice(2), ...sides.slice(0, 2)];
      }),
    );
    expect(new Set(records.map(({ order }) => order))).toEqual(
      new Set(["parent_first", "child_first"]),
    );
  });

  it("end at a run of the child that fails, and blame nobody for one of the parent", async () => {
    const child = await lab.built("echo 8 > cost; touch broken");
    const command = `[ ! -e broken ] || exit 3; echo '${HEADER}'; echo 1,$(cat cost)`;
    const failed = await measure(child, command);
    expect(failed.outcome).toMatchObject({
      kind: "child_failed",
      run: { verdict: "bench_failed", reason: "the benchmark exited with 3" },
    });
    expect(failed.records).toEqual([]);
    expect((await measure(parent, command, child)).outcome).toEqual({
      kind: "parent_failed",
      reason: "the benchmark exited with 3",
    });
  });

  it("are not comparable where the child prints other metrics", async () => {
    const child = await lab.built("echo 8 > cost; touch other");
    const command = `h='${HEADER}'; [ ! -e other ] || h='n,cost'; echo "$h"; echo 1,$(cat cost)`;
    expect((await measure(child, command)).outcome).toMatchObject({
      kind: "child_failed",
      run: {
        verdict: "metrics_invalid",
        reason: "the metrics' headers differ from the baseline's",
      },
    });
  });
});
