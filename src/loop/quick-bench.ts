import type { AgentSession } from "../agent/session.ts";
import { aggregateRows } from "../core/aggregate.ts";
import { compare, type Pair } from "../core/comparison.ts";
import { baselineId } from "../core/id.ts";
import { type MetricsTable, readMetricsTable } from "../core/metrics-table.ts";
import { formatGain, formatValue } from "../core/number-text.ts";
import { printableBlock } from "../core/printable.ts";
import { lastLines } from "../sandbox/output.ts";
import { type AgentlessRun, benchmarkOf } from "./run.ts";

const RUNS = 3;
const FILE = "/tmp/loopty-quick.csv";
const LOG_LINES = 20;

/**
 * A rough look for the agent: the benchmark as it stands in its own container, a few times, in the measuring slot but without
 * hidden files and on the agent's cpus. It decides nothing.
 */
export function quickBench(
  run: AgentlessRun,
  session: AgentSession,
  signal: AbortSignal,
): Promise<string> {
  return run.slot.exclusive(async () => {
    const tables: MetricsTable[] = [];
    for (let i = 0; i < RUNS; i++) {
      signal.throwIfAborted();
      const table = await benchmarkOnce(run, session);
      if (typeof table === "string") return table;
      tables.push(table);
    }
    return report(run, tables);
  });
}

async function benchmarkOnce(
  run: AgentlessRun,
  session: AgentSession,
): Promise<MetricsTable | string> {
  const { command, timeoutMs, metricsFile } = benchmarkOf(run);
  const target = metricsFile === null ? "/dev/stdout" : FILE;
  const script =
    metricsFile === null
      ? `export LOOPTY_METRICS=${target}\n${command}`
      : `rm -f ${FILE}; export LOOPTY_METRICS=${FILE}\n( ${command}\n) >/tmp/loopty-quick.log 2>&1 || { s=$?; tail -n ${LOG_LINES} /tmp/loopty-quick.log; exit $s; }\ncat ${FILE}`;
  const result = await session.run(script, timeoutMs);
  if (result.timedOut) return `the benchmark took longer than ${timeoutMs / 1000} s`;
  if (result.exitCode !== 0) {
    const tail = lastLines(printableBlock(result.output), LOG_LINES);
    return `the benchmark exited with ${result.exitCode}:\n${tail}`;
  }
  const reading = readMetricsTable(result.output);
  return reading.kind === "table"
    ? reading.table
    : `metrics are invalid: line ${reading.line}: ${reading.reason}`;
}

/** Against the baseline's stored figures, with the spread of the runs: enough to see a large effect, no more. */
function report(run: AgentlessRun, tables: readonly MetricsTable[]): string {
  const { metrics, aggregates } = run.store.record;
  const baseline = run.store.node(baselineId(run.store.record.run));
  if (metrics === null || aggregates === null || baseline === null)
    return "nothing to compare with";
  const values = tables.map((table) => aggregateRows(table, aggregates));
  const stored = metrics.map(({ name }) => baseline.metrics[name] ?? Number.NaN);
  const pairs: Pair[] = values.map((child) => ({ order: "parent_first", parent: stored, child }));
  const comparison = compare(metrics, pairs, baseline.id);
  const lines = comparison.metrics.map(({ name, value, gain, gainLow, gainHigh }) => {
    const spread = `${formatGain(gainLow)} to ${formatGain(gainHigh)}`;
    return `${name}: ${formatValue(value)}, ${formatGain(gain)} against the stored baseline (${spread} in ${RUNS} runs)`;
  });
  return [
    ...lines,
    "A rough look on other cpus and against an old number; the verdict comes from fresh pairs with the parent.",
  ].join("\n");
}
