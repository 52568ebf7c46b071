import type { QuickLook } from "../../agent/host.ts";
import type { AgentSession } from "../../agent/session.ts";
import { readMetrics } from "../../core/metrics/report.ts";
import type { MetricsTable } from "../../core/metrics/table.ts";
import { printableBlock } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { runBenchmark } from "../../measure/benchmark.ts";
import { lastLines } from "../../sandbox/container/output.ts";
import { type AgentlessRun, benchmarkOf } from "../run/run.ts";

const FILE = "/tmp/loopty-quick.csv";
const LOG = "/tmp/loopty-quick.log";
const TIMES = "/tmp/loopty-quick.times";
const LOG_LINES = 20;
const LOOK_MS = 10_000;

/** One run of the benchmark for a rough look. `cpuMs` is `null` where it cannot be known. */
type QuickRun =
  | { readonly kind: "table"; readonly table: MetricsTable; readonly cpuMs: number | null }
  | { readonly kind: "failed"; readonly text: string };

/**
 * With the files as they are in the session. Its time is that of the container's shell, without what asking the
 * container takes: a rough look.
 */
export async function ownBenchmark(run: AgentlessRun, session: AgentSession): Promise<QuickRun> {
  const { command, timeoutMs, metricsFile, metrics } = benchmarkOf(run);
  const script =
    metricsFile === null
      ? `export LOOPTY_METRICS=/dev/stdout
(
${command}
) || exit $?
times > ${TIMES}`
      : `rm -f ${FILE}; export LOOPTY_METRICS=${FILE}
(
${command}
) > ${LOG} 2>&1 || { status=$?; tail -n ${LOG_LINES} ${LOG}; exit $status; }
times > ${TIMES}
[ ! -e ${FILE} ] || cat ${FILE}`;
  const startedAtMs = run.clock.steadyMs();
  const { exitCode, output, timedOut } = await session.run(script, timeoutMs);
  const endedAtMs = run.clock.steadyMs();
  if (timedOut) return failed(`the benchmark took longer than ${timeoutMs / 1000} s`);
  if (exitCode !== 0) {
    const tail = lastLines(printableBlock(output), LOG_LINES);
    return failed(`the benchmark exited with ${exitCode}:\n${tail}`);
  }
  const times = await session.run(`cat ${TIMES}`, LOOK_MS);
  const askingMs = run.clock.steadyMs() - endedAtMs;
  const wallMs = Math.max(0, endedAtMs - startedAtMs - askingMs);
  const cpuMs = cpuMsIn(times.output);
  const reading = readMetrics(Buffer.from(output), metrics, { wallMs, cpuMs });
  if (reading.kind !== "table") return failed(`its metrics are invalid: ${reading.reason}`);
  return { ...reading, cpuMs };
}

/** The user and system time of a shell's children: the second line of `times` (POSIX). */
function cpuMsIn(times: string): number | null {
  const found = /\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s/.exec(times);
  if (found === null) return null;
  const [userMinutes = 0, user = 0, systemMinutes = 0, system = 0] = found.slice(1).map(Number);
  return 1000 * (60 * (userMinutes + systemMinutes) + user + system);
}

/** In a fresh container, without the hidden files. */
export async function parentBenchmark(
  run: AgentlessRun,
  parent: ExperimentNode,
  imageId: string,
  signal: AbortSignal,
  gpu?: string,
): Promise<QuickRun> {
  const { sandbox } = run.lab;
  const benchmark = { ...benchmarkOf(run), hidden: [] };
  const cpus = sandbox.agentCpus;
  const result = await runBenchmark(
    { sandbox, benchmark, node: parent.id, imageId, cpus, gpu, onRow: () => {} },
    signal,
  );
  if (result.kind === "measured") {
    return { kind: "table", table: result.table, cpuMs: result.resources.cpuMs };
  }
  return failed(`the parent's benchmark fails without the hidden files: ${result.reason}`);
}

export function failed(text: string): Extract<QuickLook, { kind: "failed" }> {
  return { kind: "failed", text };
}
