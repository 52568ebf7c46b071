import { checkGoals } from "../core/budget/goal.ts";
import { UserError } from "../core/error.ts";
import { checkWeights } from "../core/judging/score.ts";
import { aggregateRows } from "../core/metrics/aggregate.ts";
import {
  chooseAggregates,
  chooseRowRule,
  needsSecondRun,
  withoutWarmup,
} from "../core/metrics/row-rule.ts";
import { withScales } from "../core/metrics/scale.ts";
import { printableBlock } from "../core/text/printable.ts";
import { baselineId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import type { Verdict } from "../core/tree/verdict.ts";
import { type OnRow, runBenchmark } from "../measure/benchmark.ts";
import { lastLines } from "../sandbox/container/output.ts";
import type { BaselineRecord } from "../store/baseline-record.ts";
import { buildAndVerify } from "./comparing/build-and-verify.ts";
import { calibrateRun } from "./comparing/calibration.ts";
import { rowStreamer, waitTeller } from "./comparing/in-pairs.ts";
import { writeBranch } from "./node/branch.ts";
import { recordChange, reserveNode } from "./node/record.ts";
import { filesOf } from "./run/node-images.ts";
import { benchmarkOf, emit, type Run } from "./run/run.ts";

/**
 * The root of a run's tree: the workspace as it stands, or another run's node. It is built, verified and measured like
 * any node, and shows what the build adds and which metrics there are. Throws `UserError` when it fails, as nothing
 * could be compared with it.
 */
export async function runBaseline(
  run: Run,
  signal: AbortSignal,
  calibrate: typeof calibrateRun = calibrateRun,
): Promise<ExperimentNode> {
  const { from } = run.records.store.record;
  const id = baselineId(run.records.store.record.run);
  const known = run.records.store.node(id) ?? (await reserveNode(run, id, null));
  if (known.phase === "finished") {
    if (known.verdict === null) return known;
    throw baselineFailure(known, "");
  }
  const files =
    known.commit === null ? await run.problem.readWorkspace() : await filesOf(run, known);
  const node = await recordChange(run, known, null, {
    files,
    description: from === null ? "baseline" : `baseline, from ${from}`,
    hypothesis: "",
    dropped: [],
  });

  const built = await buildAndVerify(run, node, true, signal);
  if (built.kind === "failed") {
    const log = built.failure?.step === "verify" ? "verify.log" : "build.log";
    return fail(run, node, built.verdict, built.reason, log);
  }
  const tellRow = rowStreamer(run, id);
  const { sandbox, slots } = run.lab;
  const { imageId } = built;
  const slot = slots.forComparison(waitTeller(run, id));
  const runOnce = (onRow: OnRow) =>
    slot.exclusive(signal, (cpus, gpu) =>
      runBenchmark(
        { sandbox, benchmark: benchmarkOf(run), node: id, imageId, cpus, gpu, onRow },
        signal,
      ),
    );
  const benchmark = await runOnce((metrics, row) => tellRow("baseline", 0, metrics, row));
  await run.records.store.writeNodeFile(id, "metrics.csv", benchmark.file);
  await run.records.store.writeNodeFile(id, "bench.log", benchmark.log);
  if (benchmark.kind === "failed") {
    return fail(run, node, benchmark.verdict, benchmark.reason, "bench.log");
  }
  const { table } = benchmark;
  const { aggregate, weights, scale } = run.problem.config.metrics;
  checkGoals(run.problem.config.budget.until, table.metrics);
  if (weights !== null) checkWeights(weights, table.metrics);

  const again = needsSecondRun(table, run.problem.config.metrics) ? await runOnce(() => {}) : null;
  if (again?.kind === "failed") return fail(run, node, again.verdict, again.reason, "bench.log");
  const tables = again === null ? ([table] as const) : ([table, again.table] as const);
  if (new Set(tables.map(({ metrics }) => JSON.stringify(metrics))).size > 1) {
    const reason = "the metrics' headers differ between two runs";
    return fail(run, node, "metrics_invalid", reason, "bench.log");
  }
  const rowRule = chooseRowRule(tables, run.problem.config.metrics);
  const counted = withoutWarmup(table, rowRule.warmupRows);
  if (counted.rows.length === 0) {
    const reason = `all ${table.rows.length} rows of a run are warm-up by metrics.warmup_rows`;
    return fail(run, node, "metrics_invalid", reason, "bench.log");
  }
  const aggregates = chooseAggregates(rowRule.kinds, aggregate);
  const values = aggregateRows(counted, aggregates);
  const baseline: BaselineRecord = {
    machine: run.lab.machine,
    buildOutputs: [...built.outputs],
    metrics: withScales(table.metrics, [values], scale),
    aggregates,
    rowRule,
    benchmarkMs: benchmark.wallMs,
    calibration: null,
  };
  await run.records.store.setFindings({ baseline });
  await calibrate(run, { id, imageId, tables, runOnce: () => runOnce(() => {}) }, signal);
  return finish(run, {
    ...node,
    runtime: sandbox.runtime,
    outputDigest: built.outputDigest,
    metrics: Object.fromEntries(table.metrics.map(({ name }, i) => [name, values[i] ?? 0])),
    reason: "the root of the tree",
  });
}

async function finish(run: Run, node: ExperimentNode): Promise<ExperimentNode> {
  const finished: ExperimentNode = {
    ...node,
    phase: "finished",
    finishedAt: run.clock.now().toISOString(),
  };
  await run.records.store.save(finished);
  await emit(run, {
    type: "node_finished",
    id: node.id,
    verdict: finished.verdict,
    reason: finished.reason,
    durationMs: Math.max(0, run.clock.now().getTime() - Date.parse(node.createdAt)),
  });
  await writeBranch(run, finished);
  return finished;
}

async function fail(
  run: Run,
  node: ExperimentNode,
  verdict: Verdict,
  reason: string,
  logFile: "build.log" | "verify.log" | "bench.log",
): Promise<never> {
  const failed = await finish(run, { ...node, verdict, reason });
  const log = await run.records.store.readNodeFile(node.id, logFile);
  throw baselineFailure(failed, printableBlock(log?.toString("utf8") ?? ""));
}

const LOG_LINES = 20;

function baselineFailure(node: ExperimentNode, log: string): UserError {
  const tail = lastLines(log, LOG_LINES);
  return new UserError(`the baseline failed: ${node.reason}${tail === "" ? "" : `\n${tail}`}`, {
    hint: baselineHint(node.verdict, log),
  });
}

/** What a limit of the sandbox looks like to a program. */
const LIMIT_HINTS = [
  {
    text: /\bbus error\b/i,
    hint: "/dev/shm may be full: sandbox.shm is its size",
  },
  {
    text: /no space left on device|\bENOSPC\b/i,
    hint: "/tmp and /var/tmp may be full: sandbox.tmp is their size, and sandbox.shm that of /dev/shm",
  },
  {
    text: /too many open files|\bEMFILE\b/i,
    hint: "sandbox.files is how many files a process may have open",
  },
];

/** The usual reasons why a project works on its user's machine and not as another user in a container. */
function baselineHint(verdict: Verdict | null, log: string): string {
  if (verdict === "policy_violation") {
    return "a build must not change files of the workspace; `exclude` outputs that were copied in";
  }
  const limit = LIMIT_HINTS.find(({ text }) => text.test(log));
  if (limit !== undefined) return limit.hint;
  if (/permission denied|read-only file system|operation not permitted/i.test(log)) {
    return "builds run as a user who may add files but replace none: list old build outputs in workspace.exclude";
  }
  if (/no such file|cannot find|not found/i.test(log)) {
    return "git-ignored files stay out: list data sets in workspace.include; tools must be in the sandbox image";
  }
  if (verdict === "metrics_invalid") {
    return "the benchmark writes CSV with a header to $LOOPTY_METRICS; first column the iteration";
  }
  return "`loopty doctor` runs the same steps one by one";
}
