import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixedJudge } from "../../../src/core/judging/judge.ts";
import { type MeasuredPair, measuredPairSchema } from "../../../src/core/judging/pair.ts";
import { WHOLE_CSV } from "../../../src/core/metrics/choice.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { measurePairs } from "../../../src/measure/pairs.ts";
import { MeasuringSlots } from "../../../src/measure/slot.ts";
import { FreeQueue, NOBODY_TO_PAUSE } from "../../measure/free-queue.ts";
import { busyGroupOf, cgroupsOf, limitCpu } from "../cgroup.ts";
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

  interface Options {
    readonly parent?: string;
    readonly pairs?: number;
    readonly onRow?: (pair: number, side: string) => void;
  }
  const measure = async (child: string, command: string, options: Options = {}) => {
    const records: MeasuredPair[] = [];
    const rows: string[] = [];
    const outcome = await measurePairs(
      {
        sandbox: lab.sandbox,
        benchmark: {
          command,
          timeoutMs: 60_000,
          metricsFile: null,
          hidden: [],
          metrics: WHOLE_CSV,
        },
        slot: new MeasuringSlots(new FreeQueue(), NOBODY_TO_PAUSE, lab.measureCpus).forComparison(),
        parent: { id: parseId("1"), imageId: options.parent ?? parent },
        child: { id: parseId("1.1"), imageId: child },
        judge: fixedJudge({ metrics: METRICS, pairs: options.pairs ?? 4 }),
        metrics: METRICS,
        aggregates: ["mean"],
        rows: { warmupRows: 0, fixedRows: false },
        earlyStop: null,
        warmUp: true,
        seed: "seed",
        onRow: (side, pair, _, row) => {
          rows.push(`${pair} ${side} ${row.values}`);
          options.onRow?.(pair, side);
        },
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
    expect(records).toEqual(records.map((record) => measuredPairSchema.parse(record)));
    // However disturbed: one of four would be more than a fifth.
    expect(records).toMatchObject(
      [0, 1, 2, 3, 4].map((pair) => ({
        pair,
        counts: pair > 0,
        parent: { id: "1", values: [11], sums: [22], rows: 2 },
        child: { id: "1.1", values: [9], sums: [18], rows: 2 },
      })),
    );
    expect(outcome.counted).toEqual(records.slice(1));
    for (const { order, parent, child } of records) {
      const ended = order === "parent_first" ? parent.endedAt : child.endedAt;
      const started = order === "parent_first" ? child.startedAt : parent.startedAt;
      expect(started > ended).toBe(true);
    }
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
    expect((await measure(parent, command, { parent: child })).outcome).toEqual({
      kind: "parent_failed",
      reason: "the benchmark exited with 3",
    });
  });

  it("are not comparable where the child prints other metrics", async () => {
    const child = await lab.built("echo 8 > cost; touch other");
    const command = `h='${HEADER}'; [ ! -e other ] || h='n,cost'; echo "$h"; echo 1,$(cat cost)`;
    const { outcome, rows } = await measure(child, command);
    expect(outcome).toMatchObject({
      kind: "child_failed",
      run: {
        verdict: "metrics_invalid",
        reason: "the metrics' headers differ from the baseline's",
      },
    });
    expect(rows.filter((row) => row.includes("child"))).toEqual([]);
  });

  it("are measured again where a run was throttled, and kept; neither side is the better for it", async (test) => {
    // Only a group of the harness's own can be given a quota here.
    if (lab.settings.engine.cgroups?.uid !== 0) test.skip();
    const command = `echo '${HEADER}'; echo 1,$(cat cost); i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done`;
    const throttled: string[] = [];
    const { outcome, records } = await measure(parent, command, {
      pairs: 5,
      onRow: (pair, side) => {
        if (pair !== 5 && pair !== 6) return;
        if (side !== (pair === 5 ? "child" : "parent")) return;
        throttled.push(`${pair} ${side}`);
        limitCpu(lab.settings, busyGroupOf(lab.settings), 0.2);
      },
    });
    if (outcome.kind !== "judged") throw new Error(outcome.kind);
    expect(throttled).toEqual(["5 child", "6 parent"]);
    const [fifth, sixth] = records.slice(-2);
    const text = expect.stringMatching(/^a quota kept a run off its CPUs for \d+ ms$/);
    expect(fifth).toMatchObject({ pair: 5, counts: false, contamination: text });
    // A second one would be more than a fifth.
    expect(sixth).toMatchObject({ pair: 6, counts: true, contamination: text });
    expect(fifth?.child.throttledPeriods).toBeGreaterThan(0);
    expect(fifth?.child.throttledMs).toBeGreaterThan(0);
    expect(fifth?.parent).toMatchObject({ throttledPeriods: 0, throttledMs: 0 });
    expect(sixth?.parent.throttledPeriods).toBeGreaterThan(0);
    expect(outcome.counted.map(({ pair }) => pair)).toEqual([1, 2, 3, 4, 6]);
    expect(outcome.pairs).toHaveLength(5);
    expect(cgroupsOf(lab.settings)).toEqual([]);
  });
});
