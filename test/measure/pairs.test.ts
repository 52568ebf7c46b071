import { describe, expect, it } from "vitest";
import { fixedJudge } from "../../src/core/judging/judge.ts";
import { WHOLE_CSV } from "../../src/core/metrics/choice.ts";
import { readHeader } from "../../src/core/metrics/metric.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { measurePairs, type PairsOutcome } from "../../src/measure/pairs.ts";
import { MeasuringSlots } from "../../src/measure/slot.ts";
import { FakeEngine } from "../sandbox/fake/fake-engine.ts";
import { costProgram } from "../sandbox/fake/fake-program.ts";
import { FakeSandbox } from "../sandbox/fake/fake-sandbox.ts";
import { settings } from "../sandbox/paper-settings.ts";
import { FreeQueue, NOBODY_TO_PAUSE } from "./free-queue.ts";

const METRICS = [readHeader("cost (lower is better)")];
const BASE = { tag: "", imageId: "", layers: [], fileTime: new Date(0), tree: [] };

interface Options {
  readonly child?: string;
  readonly pairs?: number;
  readonly warmUp?: boolean;
  /** Called when a run begins. */
  readonly onRun?: (number: number) => void;
}

/** What came of it, and how many containers there were when each run began, and in the end. */
async function measure({ child = "9", pairs = 3, warmUp = true, onRun }: Options = {}) {
  const containers: number[] = [];
  const engine: FakeEngine = new FakeEngine({
    program: costProgram(),
    onStep: async () => {
      containers.push(engine.containers.size);
      onRun?.(containers.length);
    },
  });
  const builtOf = (node: string, cost: string) => {
    const image = { tag: node, node, kind: "built", projectId: "p", layers: [], key: "" } as const;
    return { id: parseId(node), imageId: engine.add({ ...image, files: { "src/a": cost } }).id };
  };
  const signal = AbortSignal.timeout(10_000);
  const outcome = await measurePairs(
    {
      sandbox: new FakeSandbox(engine, settings, BASE),
      benchmark: {
        command: "bench",
        timeoutMs: 60_000,
        metricsFile: null,
        hidden: [],
        metrics: WHOLE_CSV,
      },
      slot: new MeasuringSlots(new FreeQueue(), NOBODY_TO_PAUSE, "0").forComparison(),
      parent: builtOf("1", "10"),
      child: builtOf("1.1", child),
      judge: fixedJudge({ metrics: METRICS, pairs }),
      metrics: METRICS,
      aggregates: ["mean"],
      rows: { warmupRows: 0, fixedRows: false },
      earlyStop: null,
      warmUp,
      seed: "seed",
      onRow() {},
      onPair: async () => {},
    },
    signal,
  ).catch((error: unknown): PairsOutcome | unknown => error);
  return { outcome, containers, left: engine.containers.size };
}

describe("the runs of coming pairs", () => {
  it("wait in containers that were started together for two pairs, of which none is left", async () => {
    const { outcome, containers, left } = await measure();
    expect(outcome).toMatchObject({ kind: "judged", first: { kind: "measured" } });
    // The warm-up pair and the first, then the other two.
    expect(containers).toEqual([4, 4, 2, 2, 4, 4, 2, 2]);
    expect(left).toBe(0);
  });

  it("are removed where they are not needed", async () => {
    const { outcome, containers, left } = await measure({ pairs: 2 });
    expect(outcome).toMatchObject({ kind: "judged" });
    expect(containers).toEqual([4, 4, 2, 2, 4, 4]);
    expect(left).toBe(0);
  });

  it("are made ready for one pair alone where nothing varies", async () => {
    const { containers, left } = await measure({ pairs: 2, warmUp: false });
    expect(containers).toEqual([2, 2, 2, 2]);
    expect(left).toBe(0);
  });

  it("are not begun after a run of the same pair that failed, and are removed", async () => {
    const { outcome, containers, left } = await measure({ child: "crash" });
    expect(outcome).toMatchObject({ kind: "child_failed", run: { verdict: "bench_failed" } });
    // With this seed the child is the first of the warm-up pair.
    expect(containers).toEqual([4]);
    expect(left).toBe(0);
  });

  it("are removed when the engine's failure ends the comparison", async () => {
    const { outcome, left } = await measure({
      onRun: (number) => {
        if (number === 3) throw new Error("the engine fails");
      },
    });
    expect(outcome).toEqual(new Error("the engine fails"));
    expect(left).toBe(0);
  });
});
