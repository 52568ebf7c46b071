#!/usr/bin/env node
// How much longer measuring takes than the benchmark itself: the time from a comparison's first run to the end of its last, over the sum
// of the benchmark's own times, beside a plain loop without containers. The benchmark sleeps, so that its own time is the same on any
// machine.
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { IDLE } from "../dist/agent/idle.js";
import { fixedJudge } from "../dist/core/judging/judge.js";
import { runBaseline } from "../dist/loop/baseline.js";
import { readyImage } from "../dist/loop/comparing/build-and-verify.js";
import { benchmarkOf } from "../dist/loop/run/run.js";
import { measurePairs } from "../dist/measure/pairs.js";
import { measuredBaseline } from "../dist/store/baseline-record.js";
import { openBenchRun } from "./project.mjs";

/** Seconds of work, and pairs of it. */
const WORK = /** @type {const} */ ([
  [0.1, 10],
  [0.3, 10],
  [1, 6],
  [5, 2],
]);

/** @param {number} seconds */
const project = (seconds) => ({
  "loopty.yaml": `
name: share
statement: none
access: { writable: [value] }
commands: { benchmark: "sh bench.sh" }
agent: { kind: replay, from: edits.yaml }
`,
  "edits.yaml":
    'version: 1\nedits: [{ parent: "1", description: x, changes: [{ path: value, content: "2" }] }]\n',
  "bench.sh": `sleep ${seconds}\nprintf 'i,value (lower is better)\\n1,1\\n' > "$LOOPTY_METRICS"\n`,
  value: "1\n",
});

/** Prints a markdown table. */
export async function benchContainerShare() {
  console.log("| work of a run | loopty, of its own time | between two runs | a plain loop |");
  console.log("| --- | --- | --- | --- |");
  for (const [seconds, pairs] of WORK) {
    const { spanMs, runs } = await measured(seconds, pairs);
    const ownMs = runs * 1000 * seconds;
    const plain = plainLoopMs(seconds, runs) / ownMs;
    const gapMs = (spanMs - ownMs) / (runs - 1);
    console.log(
      `| ${seconds} s | ${(spanMs / ownMs).toFixed(2)} | ${Math.round(gapMs)} ms | ${plain.toFixed(2)} |`,
    );
  }
}

/** @param {number} seconds @param {number} pairs */
async function measured(seconds, pairs) {
  const { run, signal, close } = await openBenchRun(project(seconds), IDLE);
  try {
    const root = await runBaseline(run, signal);
    const { metrics, aggregates, rowRule } = measuredBaseline(run.records.store.record);
    const built = await readyImage(run, root, signal);
    if (built.kind === "failed") throw new Error(built.reason);
    const node = { id: root.id, imageId: built.imageId };
    /** @type {number[]} */
    const times = [];
    await measurePairs(
      {
        sandbox: run.lab.sandbox,
        benchmark: benchmarkOf(run),
        slot: run.lab.slots.forComparison(),
        parent: node,
        child: node,
        judge: fixedJudge({ metrics, pairs }),
        warmUp: true,
        metrics,
        aggregates,
        rows: rowRule,
        earlyStop: null,
        seed: "share",
        onRow() {},
        onPair: async ({ parent, child }) => {
          for (const { startedAt, endedAt } of [parent, child]) {
            times.push(Date.parse(startedAt), Date.parse(endedAt));
          }
        },
      },
      signal,
    );
    return { spanMs: Math.max(...times) - Math.min(...times), runs: times.length / 2 };
  } finally {
    await close();
  }
}

/** @param {number} seconds @param {number} runs */
function plainLoopMs(seconds, runs) {
  const startedAt = performance.now();
  for (let run = 0; run < runs; run++) spawnSync("sh", ["-c", `sleep ${seconds}`]);
  return performance.now() - startedAt;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await benchContainerShare();
