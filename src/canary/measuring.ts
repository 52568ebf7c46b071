import { UserError } from "../core/error.ts";
import type { WorkspaceFile } from "../core/file.ts";
import { outsideNamed } from "../core/metrics/choice.ts";
import { metricsText } from "../core/metrics/table.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { benchmarkOf, type Run } from "../loop/run/run.ts";
import { type BenchmarkRun, runBenchmark } from "../measure/benchmark.ts";
import type { MeasuredRun } from "../measure/measured-run.ts";
import { runVerify, type Verification } from "../measure/verification.ts";
import { measuredBaseline } from "../store/baseline-record.ts";
import type { Forgery, PhaseFacts } from "./finding.ts";
import {
  type ForgedMetrics,
  forgeRows,
  type HonestRun,
  holdsForged,
  type Judging,
  judgeForgery,
  judgeShift,
  ownRowsText,
  saidByRows,
} from "./forged-metrics.ts";
import { mayHoldCode } from "./program.ts";
import {
  around,
  leave,
  lookAtPhase,
  lookRound,
  printLines,
  type Report,
  readReport,
} from "./script.ts";

/** The baseline's built image, and its writable files with other contents. */
export interface MeasuredBaseline {
  readonly root: ExperimentNode;
  readonly imageId: string;
  readonly outputs: readonly string[];
  readonly nonsense: readonly WorkspaceFile[];
}

export interface MeasuredByCanary {
  readonly verify: PhaseFacts | null;
  readonly benchmark: PhaseFacts;
  readonly left: readonly string[];
  readonly forgedFirst: Forgery;
  readonly forgedLast: Forgery;
  readonly forgedShift: Forgery;
}

/** What code under test could see and write in verify and in the benchmark, beside the user's own commands. */
export async function measureAsCanary(
  run: Run,
  measured: MeasuredBaseline,
  signal: AbortSignal,
): Promise<MeasuredByCanary> {
  const { hidden } = run.problem;
  const { outputs, nonsense } = measured;
  const { benchmark: command, verify: verifyCommand } = run.problem.config.commands;
  const look = `${lookRound(hidden)}\n${lookAtPhase(outputs)}`;
  const bench = (script: string, entries = hidden) =>
    benchmarkBy(run, measured, script, entries, signal);

  const verified =
    verifyCommand === null ? null : await verifyBy(around(look, verifyCommand, leave("verify")));
  if (verified?.kind === "failed") throw failedBeside("verify", verified.reason);
  const control = await bench(around(look, command, leave("benchmark")));
  if (control.kind === "failed") throw failedBeside("the benchmark", control.reason);

  const forge = forgeryOn(control, benchmarkOf(run).metricsFile, judgingOf(run).outside);
  const first = await bench(around(`${lookRound(hidden)}\n${forge.print}`, command, "true"));
  const last = await bench(around("true", command, forge.print, forge.dropOutput));

  const reports = [...(verified === null ? [] : [verified]), control, first].map(({ log }) =>
    readReport(log),
  );
  const executable = reports.flatMap((report) => report("program"));
  const facts = async (log: Buffer, text: string, passes: () => Promise<boolean>) => {
    const report = readReport(log);
    const runsCode = mayHoldCode(outputs, executable) || !(await passes());
    return { readable: report("hidden"), runsCode, signals: signalsOf(report, text) };
  };
  const other = [...hidden, ...nonsense];
  const forgedLast = forgeryOf(run, control, last, forge.forged);
  return {
    verify:
      verified === null || verifyCommand === null
        ? null
        : await facts(
            verified.log,
            verifyCommand,
            async () => (await verifyBy(verifyCommand, other)).kind === "passed",
          ),
    benchmark: await facts(
      control.log,
      command,
      async () => (await bench(command, other)).kind === "measured",
    ),
    left: reports.flatMap((report) => report("left")),
    forgedFirst: forgeryOf(run, control, first, forge.forged),
    forgedLast,
    forgedShift:
      forgedLast.kind === "read" ? judgeShift(honestRun(control), judgingOf(run)) : forgedLast,
  };

  function verifyBy(script: string, entries = hidden): Promise<Verification> {
    const { verifyMs: timeoutMs } = run.problem.config.timeouts;
    const verify = { command: script, timeoutMs, hidden: entries };
    return runVerify(run.lab.sandbox, measured.root.id, measured.imageId, verify, signal);
  }
}

/** One run of the benchmark, in its turn. */
export function benchmarkBy(
  run: Run,
  { root, imageId }: Pick<MeasuredBaseline, "root" | "imageId">,
  command: string,
  hidden: readonly WorkspaceFile[],
  signal: AbortSignal,
): Promise<BenchmarkRun> {
  const benchmark = { ...benchmarkOf(run), command, hidden };
  const { sandbox, slots } = run.lab;
  const request = { sandbox, benchmark, node: root.id, imageId, onRow: () => {} };
  return slots
    .forComparison()
    .exclusive(signal, (cpus, gpu) => runBenchmark({ ...request, cpus, gpu }, signal));
}

function forgeryOn(
  { file, table }: MeasuredRun,
  metricsFile: string | null,
  outside: Judging["outside"],
) {
  const said = saidByRows(table, outside);
  const lines = (outside.length === 0 ? file.toString("utf8") : metricsText(said)).split("\n");
  const forged = forgeRows(lines.find((line) => line.trim() !== "") ?? "", said);
  const print = printLines(forged.lines, metricsFile === null ? "" : ' > "$LOOPTY_METRICS"');
  // Code with the same rights can close or redirect what is printed.
  return { forged, print, dropOutput: metricsFile === null };
}

function forgeryOf(run: Run, honest: MeasuredRun, last: BenchmarkRun, forged: ForgedMetrics) {
  const unread = (reason: string): Forgery => ({ kind: "unread", reason });
  const { format } = run.problem.config.metrics.source;
  if (format !== "csv") {
    return unread(`not tried: it forges rows of CSV, and not reports of ${format}`);
  }
  if (last.kind === "failed") return unread(`refused: ${last.reason}`);
  const judging = judgingOf(run);
  if (!holdsForged(saidByRows(last.table, judging.outside), forged)) {
    return unread(ownRowsText(last.table));
  }
  return judgeForgery(honestRun(honest), last.table, judging);
}

function honestRun({ table, wallMs, resources }: MeasuredRun): HonestRun {
  return { table, wallMs, cpuMs: resources.cpuMs };
}

function judgingOf({ records: { store }, problem: { config } }: Run): Judging {
  const { rowRule, aggregates } = measuredBaseline(store.record);
  const { weights, source } = config.metrics;
  return { rowRule, aggregates, weights, outside: outsideNamed(source.choice) };
}

function signalsOf(report: Report, command: string): Readonly<Record<string, string>> {
  return {
    "the command line": command,
    $LOOPTY_METRICS: report("metrics").join(),
    "the CPUs it may use": report("cpus").join(),
  };
}

function failedBeside(what: string, reason: string): UserError {
  return new UserError(`${what} failed beside code that only looks round: ${reason}`, {
    hint: "it had passed before: it may depend on time, on chance or on other files in its folders",
  });
}
