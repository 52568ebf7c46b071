import { z } from "zod";
import { type Spent, spentOf } from "../core/budget/budget.ts";
import { budgetEnd } from "../core/budget/budget-end.ts";
import type { RunEvent } from "../core/events/event.ts";
import type { Metric } from "../core/metrics/metric.ts";
import { championOf } from "../core/search/selection.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import type { TunedParameter } from "../core/views/parameter-effects.ts";
import { metricsOf } from "../store/baseline-record.ts";
import { preferenceOfRun, type RunRecord } from "../store/run-record.ts";
import type { StoredRun } from "../store/stored-run.ts";

/** What a run may spend in all. `null` is no limit, or a limit that another version's config did not name. */
export interface RunLimits {
  readonly tokens: number | null;
  readonly experiments: number | null;
  readonly costUsd: number | null;
  readonly timeMs: number | null;
}

/** A run without its nodes: what all pictures of it need. */
export interface RunHead {
  readonly run: number;
  readonly createdAt: string;
  readonly agent: string;
  /** What its tuner sets; empty for other agents. */
  readonly parameters: readonly TunedParameter[];
  /** In order of priority; empty until the baseline was measured. */
  readonly metrics: readonly Metric[];
  readonly champion: NodeId | null;
  /** The fresh measurement of the champion against the root. */
  readonly result: RunRecord["result"];
  readonly limits: RunLimits;
  readonly spent: Spent;
  /** When the budget will be used up at the pace so far; `null` where nothing tells yet. */
  readonly budgetEnd: string | null;
}

/** What the page and the report show of a run. */
export interface RunView {
  readonly head: RunHead;
  /** In order of reservation. */
  readonly nodes: readonly ExperimentNode[];
}

/** The first message of a stream, and again whenever it begins anew: everything. */
export interface WholeMessage {
  readonly project: string;
  /** The numbers of all runs of the project. */
  readonly runs: readonly number[];
  /** Whether a loopty works on the project now. */
  readonly live: boolean;
  /** `null` while the project has no run. */
  readonly view: RunView | null;
  /** Events of unfinished nodes, and of how the run began or ended, which its nodes do not show. */
  readonly events: readonly RunEvent[];
}

/** What is new since the last message: nodes that are new or changed, and all events. */
export interface ChangeMessage extends Omit<WholeMessage, "project" | "view"> {
  readonly head: RunHead;
  readonly nodes: readonly ExperimentNode[];
}

const parameterSchema = z.looseObject({ name: z.string(), values: z.array(z.string()) });
const limit = z.number().nullable().catch(null);
// A record keeps its config as it was written, perhaps by another version.
const configSchema = z.looseObject({
  name: z.string().catch(""),
  agent: z
    .looseObject({ kind: z.string(), parameters: z.array(parameterSchema).catch([]) })
    .catch({ kind: "unknown", parameters: [] }),
  budget: z
    .looseObject({ tokens: limit, experiments: limit, costUsd: limit, timeMs: limit })
    .catch({ tokens: null, experiments: null, costUsd: null, timeMs: null }),
});

export function runViewOf({ record, nodes }: Pick<StoredRun, "record" | "nodes">): RunView {
  const { agent, budget } = configSchema.parse(record.config);
  const { tokens, experiments, costUsd, timeMs } = budget;
  const limits = { tokens, experiments, costUsd, timeMs };
  return {
    head: {
      run: record.run,
      createdAt: record.createdAt,
      agent: agent.kind,
      parameters: agent.parameters.map(({ name, values }) => ({ name, values })),
      metrics: metricsOf(record),
      champion: championOf(nodes, preferenceOfRun(record))?.id ?? null,
      result: record.result,
      limits,
      spent: spentOf(nodes),
      budgetEnd: budgetEnd(limits, nodes),
    },
    nodes,
  };
}

/** The project's name as the run's config has it. */
export function projectNameOf({ config }: RunRecord): string {
  return configSchema.parse(config).name;
}
