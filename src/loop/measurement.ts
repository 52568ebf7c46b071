import type { ChangeFailure } from "../agent/agent.ts";
import { compare, logGains } from "../core/comparison.ts";
import type { Side } from "../core/event.ts";
import { pairedJudge } from "../core/judge.ts";
import type { Metric } from "../core/metric.ts";
import type { MetricsRow } from "../core/metrics-table.ts";
import type { Comparison, ExperimentNode } from "../core/node.ts";
import { printableBlock } from "../core/printable.ts";
import { hodgesLehmann } from "../core/signed-rank.ts";
import type { Verdict } from "../core/verdict.ts";
import { measurePairs } from "../measure/pairs.ts";
import { runVerify } from "../measure/verification.ts";
import { lastLines } from "../sandbox/output.ts";
import { buildNode, builtImage } from "./node-images.ts";
import { benchmarkOf, type Run, tell } from "./run.ts";

/** What building, verifying and benchmarking a node decided. */
export type Measurement =
  | {
      readonly kind: "failed";
      readonly verdict: Verdict;
      readonly reason: string;
      /** What the agent may mend; `null` where nothing it could change is to blame. */
      readonly failure: ChangeFailure | null;
    }
  | {
      readonly kind: "compared";
      readonly verdict: Verdict;
      readonly reason: string;
      readonly comparison: Comparison;
      /** By metric name, in log units. */
      readonly logGains: Readonly<Record<string, number>>;
    };

const LOG_LINES = 60;

/** The measuring phase: build, verify, then the benchmark in pairs with the parent's. */
export async function measureNode(
  run: Run,
  node: ExperimentNode,
  parent: ExperimentNode,
  signal: AbortSignal,
): Promise<Measurement> {
  const built = await buildAndVerify(run, node, false, signal);
  if (built.kind === "failed") return built;
  const { metrics, aggregates } = run.store.record;
  if (metrics === null || aggregates === null) throw new Error("the baseline was not measured");
  const parentImage = await builtImage(run, parent, false, signal);
  return run.slot.exclusive(async () => {
    const outcome = await measurePairs(
      {
        scope: run.scope,
        benchmark: benchmarkOf(run),
        parent: { id: parent.id, imageId: parentImage },
        child: { id: node.id, imageId: built.imageId },
        judge: pairedJudge({ metrics, minEffect: run.config.metrics.minEffectRatio }),
        metrics,
        aggregates,
        seed: `${run.store.record.seed}/${node.id}`,
        onRow: rowTeller(run, node),
        onPair: async (pair) => {
          await run.store.appendNodeLine(node.id, "runs.jsonl", pair);
          await tell(run, {
            type: "pair_finished",
            id: node.id,
            against: parent.id,
            pair: pair.pair,
          });
        },
      },
      signal,
    );
    if (outcome.kind === "parent_failed") {
      const reason = `the benchmark of ${parent.id} failed, which had worked: ${outcome.reason}`;
      return { kind: "failed", verdict: "infra_error", reason, failure: null };
    }
    const first = outcome.kind === "judged" ? outcome.first : outcome.run;
    await run.store.writeNodeFile(node.id, "metrics.csv", first.file);
    await run.store.writeNodeFile(node.id, "bench.log", first.log);
    if (outcome.kind === "child_failed") {
      const { verdict, reason } = outcome.run;
      return { kind: "failed", verdict, reason, failure: null };
    }
    const { verdict, reason } = outcome.decision;
    return {
      kind: "compared",
      verdict,
      reason,
      comparison: compare(metrics, outcome.pairs, parent.id),
      logGains: Object.fromEntries(
        metrics.map((metric, i) => [
          metric.name,
          hodgesLehmann(logGains(metric, i, outcome.pairs)),
        ]),
      ),
    };
  });
}

/** Builds and verifies a node; the logs are kept beside it. `clean` builds even where a built image is there. */
export async function buildAndVerify(
  run: Run,
  node: ExperimentNode,
  clean: boolean,
  signal: AbortSignal,
): Promise<
  | { readonly kind: "built"; readonly imageId: string; readonly outputs: readonly string[] }
  | Extract<Measurement, { kind: "failed" }>
> {
  const buildStart = run.now().getTime();
  const built = await buildNode(run, node, clean, signal);
  await run.store.writeNodeFile(node.id, "build.log", built.log);
  await tell(run, {
    type: "build_finished",
    id: node.id,
    passed: built.kind === "built",
    reason: built.kind === "built" ? "" : built.reason,
    durationMs: run.now().getTime() - buildStart,
  });
  if (built.kind === "failed") return failedAt("build", built, true);

  const { verify } = run.config.commands;
  if (verify === null) return built;
  const verifyStart = run.now().getTime();
  const command = { command: verify, timeoutMs: run.config.timeouts.verifyMs, hidden: run.hidden };
  const verified = await runVerify(run.scope, node.id, built.imageId, command, signal);
  await run.store.writeNodeFile(node.id, "verify.log", verified.log);
  await tell(run, {
    type: "verify_finished",
    id: node.id,
    passed: verified.kind === "passed",
    reason: verified.kind === "passed" ? "" : verified.reason,
    durationMs: run.now().getTime() - verifyStart,
  });
  if (verified.kind === "passed") return built;
  // Verify's log may quote the hidden files: the agent gets pass or fail.
  return failedAt("verify", verified, run.hidden.length === 0);
}

function failedAt(
  step: ChangeFailure["step"],
  failed: { readonly verdict: Verdict; readonly reason: string; readonly log: Buffer },
  showLog: boolean,
): Extract<Measurement, { kind: "failed" }> {
  const { verdict, reason } = failed;
  const log = showLog ? lastLines(printableBlock(failed.log.toString("utf8")), LOG_LINES) : "";
  const mendable = verdict === "build_failed" || verdict === "verify_failed";
  return { kind: "failed", verdict, reason, failure: mendable ? { step, reason, log } : null };
}

/** Rows are told as they come and nothing waits for them: a disk that is full will stop the next step. */
export function rowTeller(run: Run, node: ExperimentNode) {
  return (side: Side, pair: number, metrics: readonly Metric[], row: MetricsRow) => {
    const values = Object.fromEntries(
      metrics.map((metric, i) => [metric.name, row.values[i] ?? 0]),
    );
    const { iteration } = row;
    tell(run, { type: "row_streamed", id: node.id, side, pair, iteration, values }).catch(() => {});
  };
}
