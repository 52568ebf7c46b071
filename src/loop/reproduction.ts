import type { WorkspaceFile } from "../core/file.ts";
import { gainRangeText, gainText } from "../core/metrics/gain-text.ts";
import type { Metric } from "../core/metrics/metric.ts";
import { metricNamed } from "../core/metrics/metric-named.ts";
import { childId } from "../core/tree/id.ts";
import type { Comparison, ExperimentNode, MetricComparison } from "../core/tree/node.ts";
import { metricsOf } from "../store/baseline-record.ts";
import { runBaseline } from "./baseline.ts";
import { compareNodes, type FailedAgain } from "./comparing/node-comparison.ts";
import { recordChange, reserveNode } from "./node/record.ts";
import type { Run } from "./run/run.ts";

export type Reproduction =
  | {
      readonly kind: "measured";
      /** Whether the new figures fit the recorded ones. */
      readonly agrees: boolean;
      /** One sentence a metric. */
      readonly text: string;
      readonly comparison: Comparison;
    }
  | { readonly kind: "failed"; readonly reason: string };

const PAIRS = 6;

/**
 * Starts from a node's tag, checks that the image is what was recorded, builds it cleanly, verifies it, and measures it
 * again in pairs with its parent (a baseline with itself). It agrees where the old and the new interval of the gain
 * overlap.
 */
export async function reproduce(
  run: Run,
  node: ExperimentNode,
  signal: AbortSignal,
): Promise<Reproduction> {
  if (node.snapshot === null) {
    return { kind: "failed", reason: `${node.id} has no image: it ended as ${node.verdict}` };
  }
  const parent = node.parent === null ? node : run.records.store.node(node.parent);
  if (parent === null) throw new Error(`node ${node.id} has no parent in the index`);
  const compared = await compareNodes(run, parent, node, "compare", PAIRS, signal);
  if (compared.kind === "failed") return { kind: "failed", reason: failedText(compared, node) };
  const { comparison } = compared;
  const recorded = node.comparison?.metrics ?? [];
  const metrics = metricsOf(run.records.store.record);
  const checks = comparison.metrics.map((now) =>
    agreement(metricNamed(metrics, now.name), now, recorded),
  );
  return {
    kind: "measured",
    agrees: checks.every((check) => check.agrees),
    text: checks.map((check) => check.text).join("; "),
    comparison,
  };
}

/** Files of a node that another loopty made, measured here. */
export type FreshMeasurement =
  | {
      readonly kind: "measured";
      readonly comparison: Comparison;
      readonly metrics: readonly Metric[];
    }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Builds these files cleanly, verifies them, and measures them in pairs with the run's baseline, which is the
 * repository as it stands.
 */
export async function measureFiles(
  run: Run,
  files: readonly WorkspaceFile[],
  description: string,
  signal: AbortSignal,
): Promise<FreshMeasurement> {
  const root = await runBaseline(run, signal, async () => {});
  const reserved = await reserveNode(run, childId(root.id, 1), root.id);
  const change = { files, description, hypothesis: "", dropped: [] };
  const node = await recordChange(run, reserved, root, change);
  const compared = await compareNodes(run, root, node, "compare", PAIRS, signal);
  if (compared.kind === "failed") return { kind: "failed", reason: failedText(compared, node) };
  const metrics = metricsOf(run.records.store.record);
  return { kind: "measured", comparison: compared.comparison, metrics };
}

function failedText({ node, reason }: FailedAgain, { id }: ExperimentNode): string {
  return node === id ? reason : `${node}, which it is compared with: ${reason}`;
}

function agreement(metric: Metric, now: MetricComparison, recorded: readonly MetricComparison[]) {
  const then = recorded.find(({ name }) => name === now.name);
  const fresh = `${now.name} ${interval(metric, now)}`;
  // A baseline has no recorded gain. Against itself it must show none.
  const low = then?.gainLow ?? 0;
  const high = then?.gainHigh ?? 0;
  const agrees = now.gainLow <= high && low <= now.gainHigh;
  const before = then === undefined ? "against itself" : `recorded ${interval(metric, then)}`;
  return { agrees, text: `${fresh}, ${before}` };
}

function interval(metric: Metric, compared: MetricComparison): string {
  return `${gainText(metric, compared.gain)} (${gainRangeText(metric, compared)})`;
}
