import type { AccessRules } from "../access/policy.ts";
import type { Metric } from "../metrics/metric.ts";
import type { Preference } from "../search/preference.ts";
import { countChildren, rankNodes } from "../search/ranking.ts";
import { formatCount, formatCounted } from "../text/number.ts";
import { compareIds, lineageOf, type NodeId } from "../tree/id.ts";
import { type ExperimentNode, inOrderOfFinishing } from "../tree/node.ts";
import { isGain, type Verdict } from "../tree/verdict.ts";
import { digestLine } from "./node-entry.ts";
import { dataLine, type Entry, listBody, type Section } from "./section.ts";

/** What decides in a run which experiments are better. Results of runs that differ here do not compare. */
export interface Criteria {
  readonly statement: string;
  /** In order of priority. */
  readonly metrics: readonly Metric[];
  /** Weights by metric name; `null` for strict priority. */
  readonly weights: Readonly<Record<string, number>> | null;
  /** What the agent may change and see. */
  readonly access: AccessRules;
  readonly commands: Commands;
}

/** Commands run in /workspace as `sh -c`; `null` where the project has none. */
interface Commands {
  readonly build: string | null;
  readonly verify: string | null;
  readonly benchmark: string;
}

export interface EarlierRun extends Criteria {
  readonly run: number;
  readonly nodes: readonly ExperimentNode[];
  readonly preference: Preference;
}

const BEST = 10;
const RECENT = 10;
const FAILURES = 5;
const BEST_OF_EARLIER = 3;
/** Failures that say something about the code. What an engine or a user did says nothing. */
const TELLING: readonly Verdict[] = [
  "build_failed",
  "verify_failed",
  "bench_failed",
  "metrics_invalid",
  "timeout",
  "out_of_memory",
  "policy_violation",
  "refused",
  "abandoned",
];

/** In short, the run's experiments that are neither in the lineage nor children of the parent; `null` where there are none. */
export function digestSection(
  nodes: readonly ExperimentNode[],
  parent: ExperimentNode,
  childId: NodeId,
  metrics: readonly Metric[],
  preference: Preference,
): Section | null {
  const told = new Set([...lineageOf(parent.id), childId]);
  const others = nodes.filter(({ id, parent: up }) => !told.has(id) && up !== parent.id);
  if (others.length === 0) return null;
  const best = bestOf(others, preference, BEST);
  const recent = without(others, best)
    .toSorted((a, b) => b.ordinal - a.ordinal)
    .slice(0, RECENT);
  const failures = tellingFailures(without(others, [...best, ...recent]), FAILURES);
  const entries = [
    ...best.map((node) => entryOf("best", node, metrics)),
    ...recent.map((node) => entryOf("recent", node, metrics)),
    ...failures.map(({ node, alike }) =>
      entryOf(alike === 1 ? "failure" : `failure (and ${alike - 1} alike)`, node, metrics),
    ),
  ];
  return {
    tag: "other_experiments",
    share: 0.3,
    body: listBody({
      intro:
        "Experiments elsewhere in the tree: the best, the most recent, the failures that say most. Gains are since the baseline.",
      entries,
      byImportance: entries,
      leftOut: (rest) => {
        const more = others.length - entries.length + rest.length;
        return more === 0 ? "" : `+${formatCount(more)} more, not shown`;
      },
    }),
  };
}

/** Earlier runs, the newest first, with what was judged otherwise then; `null` where there are none. */
export function earlierRunsSection(runs: readonly EarlierRun[], now: Criteria): Section | null {
  if (runs.length === 0) return null;
  const entries = runs.toSorted((a, b) => b.run - a.run).map((run) => earlierEntry(run, now));
  return {
    tag: "earlier_runs",
    share: 0.2,
    body: listBody({
      intro:
        "Runs before this one, newest first. They were measured at other times: gains are since their own baseline.",
      entries,
      byImportance: entries,
      leftOut: (rest) =>
        rest.length === 0 ? "" : `+${formatCounted(rest.length, "more run")}, not shown`,
    }),
  };
}

function entryOf(label: string, node: ExperimentNode, metrics: readonly Metric[]): Entry {
  return { levels: [`${label}: ${digestLine(node, metrics)}`] };
}

function earlierEntry(run: EarlierRun, now: Criteria): Entry {
  const experiments = run.nodes.filter(({ parent }) => parent !== null);
  const gained = experiments.filter(({ verdict }) => isGain(verdict)).length;
  const head = `run ${run.run}: ${formatCounted(experiments.length, "experiment")}, ${formatCount(gained)} gained. ${differences(run, now)}`;
  const best = bestOf(experiments, run.preference, BEST_OF_EARLIER).map(
    (node) => `  ${digestLine(node, run.metrics)}`,
  );
  return { levels: [head, [head, ...best.slice(0, 1)].join("\n"), [head, ...best].join("\n")] };
}

function differences(then: Criteria, now: Criteria): string {
  const metricsText = ({ metrics }: Criteria) =>
    metrics.map(({ name, direction }) => `${dataLine(name)} (${direction} is better)`).join(", ");
  const weightsText = ({ weights }: Criteria) =>
    weights === null
      ? "strict priority instead of weights"
      : `the weights ${Object.entries(weights)
          .map(([name, weight]) => `${dataLine(name)} ${weight}`)
          .sort()
          .join(", ")}`;
  const accessText = ({ access: { writable, readable, hidden, default: rest } }: Criteria) =>
    JSON.stringify([writable, readable, hidden, rest]);
  const commandsText = ({ commands: { build, verify, benchmark } }: Criteria) =>
    JSON.stringify([build, verify, benchmark]);
  const all = [
    ...(metricsText(then) === metricsText(now) ? [] : [`its metrics were ${metricsText(then)}`]),
    ...(weightsText(then) === weightsText(now) ? [] : [`it had ${weightsText(then)}`]),
    ...(then.statement === now.statement ? [] : ["its statement was another"]),
    ...(commandsText(then) === commandsText(now) ? [] : ["its commands were others"]),
    ...(accessText(then) === accessText(now) ? [] : ["other files could be changed or seen"]),
  ];
  return all.length === 0 ? "Judged as now." : `Judged otherwise: ${all.join("; ")}.`;
}

function bestOf(
  nodes: readonly ExperimentNode[],
  preference: Preference,
  count: number,
): ExperimentNode[] {
  const gained = nodes.filter(({ verdict }) => isGain(verdict));
  return rankNodes(gained, preference, countChildren(nodes)).slice(0, count);
}

/** One failure of each kind. The most frequent comes first, as repeating it is likeliest; the newest stands for its kind. */
function tellingFailures(
  nodes: readonly ExperimentNode[],
  count: number,
): { readonly node: ExperimentNode; readonly alike: number }[] {
  const kinds = new Map<string, ExperimentNode[]>();
  for (const node of inOrderOfFinishing(nodes)) {
    if (node.verdict === null || !TELLING.includes(node.verdict)) continue;
    const kind = `${node.verdict} ${node.reason.replace(/\d+/g, "0")}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), node]);
  }
  return [...kinds.values()]
    .flatMap((alike) => {
      const node = alike.at(-1);
      return node === undefined ? [] : [{ node, alike: alike.length }];
    })
    .sort(
      (a, b) =>
        b.alike - a.alike || b.node.ordinal - a.node.ordinal || compareIds(a.node.id, b.node.id),
    )
    .slice(0, count);
}

function without(nodes: readonly ExperimentNode[], others: readonly ExperimentNode[]) {
  const ids = new Set(others.map(({ id }) => id));
  return nodes.filter(({ id }) => !ids.has(id));
}
