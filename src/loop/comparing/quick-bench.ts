import type { QuickLook } from "../../agent/host.ts";
import type { AgentSession } from "../../agent/session.ts";
import { compare, type Pair } from "../../core/judging/comparison.ts";
import { aggregateRows } from "../../core/metrics/aggregate.ts";
import { gainRangeText, gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { comparableRows } from "../../core/metrics/row-rule.ts";
import { toldReason } from "../../core/prompt/told-node.ts";
import { median } from "../../core/statistics/statistics.ts";
import { formatCounted, formatDuration, formatValue } from "../../core/text/number.ts";
import type { ExperimentNode, MetricComparison } from "../../core/tree/node.ts";
import { exactMetrics } from "../../store/baseline-record.ts";
import { baselineOn } from "../../store/machine-record.ts";
import type { AgentlessRun } from "../run/run.ts";
import { readyImage } from "./build-and-verify.ts";
import { failed, ownBenchmark, parentBenchmark } from "./quick-run.ts";

/** All one way, so many pairs have a p of 1/32 one-sided. Fewer would often be luck. */
const PAIRS_TO_TELL = 5;
const MOST_PAIRS = 12;
/** No further pair is begun after this, once there are a few. */
const ENOUGH_MS = 60_000;
const FEW_PAIRS = 3;
/** No further pair is begun after this. */
const TOO_LONG_MS = 300_000;

/**
 * A rough look for the agent: the benchmark with its files as they are, in its own container, in turn with the parent's
 * in a fresh one on the same cpus. There are pairs until the first metric's sign is clear or time is over; one, where
 * all metrics are exact. Nobody else measures meanwhile, but others continue to work. It never has the hidden files, and
 * decides nothing.
 */
export async function quickBench(
  run: AgentlessRun,
  parent: ExperimentNode,
  session: AgentSession,
  signal: AbortSignal,
  { mostPairs = MOST_PAIRS }: { readonly mostPairs?: number } = {},
): Promise<QuickLook> {
  const baseline = baselineOn(run.records.store.record, run.lab.machine);
  const { metrics, aggregates, rowRule } = baseline;
  const exact = exactMetrics(baseline);
  const isExact = metrics.every(({ name }) => exact.has(name));
  const built = await readyImage(run, parent, signal);
  if (built.kind === "failed") {
    const why = toldReason(built, run.problem.config.access);
    return failed(`${parent.id} cannot be measured now: ${why}`);
  }
  const slot = run.lab.slots.forLook(run.lab.sandbox.agentCpus);
  return slot.exclusive(signal, async (_, gpu) => {
    const startedAtMs = run.clock.steadyMs();
    const pairs: Pair[] = [];
    const cpu: CpuTimes[] = [];
    const isEnough = () => {
      if (pairs.length === 0) return false;
      if (pairs.length >= mostPairs || isExact) return true;
      const tookMs = run.clock.steadyMs() - startedAtMs;
      if (tookMs > TOO_LONG_MS || (tookMs > ENOUGH_MS && pairs.length >= FEW_PAIRS)) return true;
      const first = compare(metrics, pairs, parent.id).metrics[0];
      return pairs.length >= PAIRS_TO_TELL && first !== undefined && isClear(first);
    };
    while (!isEnough()) {
      signal.throwIfAborted();
      const isOwnFirst = pairs.length % 2 === 0;
      const early = isOwnFirst ? await ownBenchmark(run, session) : null;
      if (early?.kind === "failed") return early;
      const theirs = await parentBenchmark(run, parent, built.imageId, signal, gpu);
      if (theirs.kind === "failed") return theirs;
      const own = early ?? (await ownBenchmark(run, session));
      if (own.kind === "failed") return own;
      if (own.table.metrics.length !== metrics.length)
        return failed("the metrics' headers changed");
      const rows = comparableRows(theirs.table, own.table, rowRule);
      if (rows.kind === "not_comparable") return failed(`the benchmark ${rows.reason}`);
      pairs.push({
        order: isOwnFirst ? "child_first" : "parent_first",
        parent: aggregateRows(rows.parent, aggregates),
        child: aggregateRows(rows.child, aggregates),
      });
      cpu.push({ parentMs: theirs.cpuMs, ownMs: own.cpuMs });
    }
    const compared = compare(metrics, pairs, parent.id).metrics;
    const text = [
      ...compared.map((each) => {
        const metric = metricNamed(metrics, each.name);
        return exact.has(metric.name)
          ? exactLine(metric, each)
          : pairedLine(metric, each, pairs.length);
      }),
      ...cpuLines(cpu),
    ].join("\n");
    return { kind: "compared", text, isWorse: (compared.find(isClear)?.gain ?? 0) < 0 };
  });
}

function isClear({ gainLow, gainHigh }: MetricComparison): boolean {
  return gainLow > 0 || gainHigh < 0;
}

/** Without the two medians: beside a gain that comes from pairs, they may say the opposite. */
function pairedLine(metric: Metric, compared: MetricComparison, pairs: number): string {
  const spread = gainRangeText(metric, compared);
  const noise = isClear(compared) ? "beyond the noise seen" : "within the noise";
  const count = formatCounted(pairs, "pair");
  return `${metric.name}: ${gainText(metric, compared.gain)} (${spread} in ${count}: ${noise})`;
}

function exactLine(metric: Metric, { value, against, gain }: MetricComparison): string {
  return `${metric.name}: ${formatValue(against)} to ${formatValue(value)}, ${gainText(metric, gain)} (exact)`;
}

interface CpuTimes {
  readonly parentMs: number | null;
  readonly ownMs: number | null;
}

/** What a run kept the cpus busy, which tells more threads from less work. */
function cpuLines(times: readonly CpuTimes[]): string[] {
  const parent = times.flatMap(({ parentMs }) => parentMs ?? []);
  const own = times.flatMap(({ ownMs }) => ownMs ?? []);
  if (parent.length < times.length || own.length < times.length) return [];
  return [
    `CPU time of a whole run, start included: ${formatDuration(median(parent))} the parent's, ${formatDuration(median(own))} yours`,
  ];
}
