import type { AgentSession } from "../../agent/session.ts";
import { compare, type Pair } from "../../core/judging/comparison.ts";
import { aggregateRows } from "../../core/metrics/aggregate.ts";
import { readMetrics } from "../../core/metrics/report.ts";
import { comparableRows } from "../../core/metrics/row-rule.ts";
import type { MetricsTable } from "../../core/metrics/table.ts";
import { toldReason } from "../../core/prompt/told-node.ts";
import { formatGain, formatValue } from "../../core/text/number.ts";
import { printableBlock } from "../../core/text/printable.ts";
import type { ExperimentNode, MetricComparison } from "../../core/tree/node.ts";
import { runBenchmark } from "../../measure/benchmark.ts";
import { lastLines } from "../../sandbox/container/output.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import { type AgentlessRun, benchmarkOf } from "../run/run.ts";
import { readyImage } from "./build-and-verify.ts";

const PAIRS = 3;
const FILE = "/tmp/loopty-quick.csv";
const LOG = "/tmp/loopty-quick.log";
const LOG_LINES = 20;

type Reading =
  | { readonly kind: "table"; readonly table: MetricsTable }
  | { readonly kind: "failed"; readonly text: string };

/**
 * A rough look for the agent: the benchmark with its files as they are, in its own container, in turn with the parent's
 * in a fresh one on the same cpus. Nobody else measures meanwhile, but others continue to work. It never has the hidden
 * files, and decides nothing.
 */
export async function quickBench(
  run: AgentlessRun,
  parent: ExperimentNode,
  session: AgentSession,
  signal: AbortSignal,
): Promise<string> {
  const { metrics, aggregates, rowRule } = measuredBaseline(run.records.store.record);
  const built = await readyImage(run, parent, signal);
  if (built.kind === "failed") {
    return `${parent.id} cannot be measured now: ${toldReason(built, run.problem.config.access)}`;
  }
  const slot = run.lab.slots.forLook(run.lab.sandbox.agentCpus);
  return slot.exclusive(signal, async () => {
    const pairs: Pair[] = [];
    for (let i = 0; i < PAIRS; i++) {
      signal.throwIfAborted();
      const own = await ownBenchmark(run, session);
      if (own.kind === "failed") return own.text;
      const theirs = await parentBenchmark(run, parent, built.imageId, signal);
      if (theirs.kind === "failed") return theirs.text;
      if (own.table.metrics.length !== metrics.length) return "the metrics' headers changed";
      const rows = comparableRows(theirs.table, own.table, rowRule);
      if (rows.kind === "not_comparable") return `the benchmark ${rows.reason}`;
      pairs.push({
        order: "child_first",
        parent: aggregateRows(rows.parent, aggregates),
        child: aggregateRows(rows.child, aggregates),
      });
    }
    return [
      ...compare(metrics, pairs, parent.id).metrics.map(metricLine),
      "A rough look: the verdict comes from more pairs in random order, on cpus of their own.",
    ].join("\n");
  });
}

function metricLine({ name, value, against, gain, gainLow, gainHigh }: MetricComparison): string {
  const spread = `${formatGain(gainLow)} to ${formatGain(gainHigh)}`;
  const noise = gainLow > 0 || gainHigh < 0 ? "beyond the noise seen" : "within the noise";
  return `${name}: ${formatValue(against)} to ${formatValue(value)}, ${formatGain(gain)} (${spread} in ${PAIRS} pairs: ${noise})`;
}

async function ownBenchmark(run: AgentlessRun, session: AgentSession): Promise<Reading> {
  const { command, timeoutMs, metricsFile, metrics } = benchmarkOf(run);
  const script =
    metricsFile === null
      ? `export LOOPTY_METRICS=/dev/stdout\n${command}`
      : `rm -f ${FILE}; export LOOPTY_METRICS=${FILE}
(
${command}
) > ${LOG} 2>&1 || { status=$?; tail -n ${LOG_LINES} ${LOG}; exit $status; }
cat ${FILE}`;
  const { exitCode, output, timedOut } = await session.run(script, timeoutMs);
  if (timedOut) return failed(`the benchmark took longer than ${timeoutMs / 1000} s`);
  if (exitCode !== 0) {
    const tail = lastLines(printableBlock(output), LOG_LINES);
    return failed(`the benchmark exited with ${exitCode}:\n${tail}`);
  }
  const reading = readMetrics(Buffer.from(output), metrics);
  if (reading.kind === "table") return reading;
  return failed(`its metrics are invalid: ${reading.reason}`);
}

async function parentBenchmark(
  run: AgentlessRun,
  parent: ExperimentNode,
  imageId: string,
  signal: AbortSignal,
): Promise<Reading> {
  const { sandbox } = run.lab;
  const benchmark = { ...benchmarkOf(run), hidden: [] };
  const cpus = sandbox.agentCpus;
  const result = await runBenchmark(
    { sandbox, benchmark, node: parent.id, imageId, cpus, onRow: () => {} },
    signal,
  );
  if (result.kind === "measured") return { kind: "table", table: result.table };
  return failed(`the parent's benchmark fails without the hidden files: ${result.reason}`);
}

function failed(text: string): Reading {
  return { kind: "failed", text };
}
