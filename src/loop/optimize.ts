import { setTimeout as sleep } from "node:timers/promises";
import type { AgentConversation } from "../agent/agent.ts";
import { budgetStop, failuresInARow, paceDelayMs, spentOf } from "../core/budget.ts";
import type { RunEnd } from "../core/event.ts";
import { childId, type NodeId } from "../core/id.ts";
import type { TokenLease } from "../core/lease.ts";
import type { ExperimentNode } from "../core/node.ts";
import { championOf, selectParent } from "../core/selection.ts";
import type { TokenBudget } from "../core/token-budget.ts";
import { runBaseline } from "./baseline.ts";
import { confirmGain, needsConfirmation } from "./confirmation.ts";
import { runExperiment } from "./experiment.ts";
import { filesOf } from "./node-images.ts";
import { reserveNode } from "./node-record.ts";
import { type Run, tell } from "./run.ts";
import { openTokenBudget } from "./tokens.ts";
import { goOnWithUnfinished } from "./unfinished.ts";
import { Workers } from "./workers.ts";

/** Why a run came to its end, and the sentence for the user. */
export interface Ending {
  readonly reason: RunEnd;
  readonly text: string;
}

/**
 * The whole loop: measure the baseline, then grow the tree until something says stop. Resuming is the same path: what is
 * recorded is not done again. Throws `UserError` when the baseline fails, and the signal's reason when aborted.
 */
export async function optimize(run: Run, signal: AbortSignal): Promise<Ending> {
  const startedAtMs = run.now().getTime() - spentMs(run);
  await runBaseline(run, signal);
  await goOnWithUnfinished(run, signal);

  const confirming = new Set<NodeId>();
  const closed = { nothingLeftFrom: new Set<NodeId>(), confirming };
  const tokens = openTokenBudget(run);
  const workers = new Workers();
  return workers.untilOneEnds(run.config.search.parallel, signal, async (workSignal) => {
    for (;;) {
      await keepPace(run, workSignal);
      const next = await workers.choose(() => openNext(run, startedAtMs, tokens, closed));
      if (next.kind === "experiment") {
        const { node, parent, conversation, lease } = next;
        const experiment = runExperiment(run, node, parent, conversation, workSignal);
        await workers.busyWith(experiment.finally(() => lease?.close()));
      } else if (next.kind === "confirm") {
        const confirmation = confirmGain(run, next.node, workSignal);
        await workers.busyWith(confirmation.finally(() => confirming.delete(next.node.id)));
      } else if (next.kind === "stop" || !(await workers.anotherEnds())) {
        return next.ending;
      }
    }
  });
}

type Next =
  | {
      readonly kind: "experiment";
      readonly parent: ExperimentNode;
      readonly node: ExperimentNode;
      readonly conversation: AgentConversation;
      readonly lease: TokenLease | null;
    }
  /** Much was built on this gain, or it is too good: it is measured again first. */
  | { readonly kind: "confirm"; readonly node: ExperimentNode }
  | { readonly kind: "stop" | "wait"; readonly ending: Ending };

/** Nodes that nothing is built on: for good, and for now. */
interface Closed {
  readonly nothingLeftFrom: Set<NodeId>;
  readonly confirming: Set<NodeId>;
}

const NOTHING_LEFT: Ending = {
  reason: "nothing_left",
  text: "there is nothing left to try from any node that may have children",
};

/** Chooses a parent that the agent has an idea for, sets tokens aside, and reserves the child's id. */
async function openNext(
  run: Run,
  startedAtMs: number,
  tokens: TokenBudget | null,
  closed: Closed,
): Promise<Next> {
  const ending = whyStop(run, startedAtMs);
  if (ending !== null) return { kind: "stop", ending };
  const leased = tokens?.lease() ?? NO_LEASE;
  if (leased.kind === "spent") return { kind: "stop", ending: budgetSpent(leased.text) };
  if (leased.kind === "wait") return { kind: "wait", ending: budgetSpent("no tokens are left") };
  const { lease } = leased;
  try {
    const next = await openChild(run, lease, closed);
    if (next.kind !== "experiment") lease?.close();
    return next;
  } catch (error) {
    lease?.close();
    throw error;
  }
}

const NO_LEASE = { kind: "leased", lease: null } as const;

async function openChild(run: Run, lease: TokenLease | null, closed: Closed): Promise<Next> {
  const { nodes, record } = run.store;
  const readFile = async (node: ExperimentNode, path: string) =>
    (await filesOf(run, node)).find((file) => file.path === path)?.content ?? null;
  for (;;) {
    const parent = selectParent({
      nodes,
      metrics: record.metrics ?? [],
      options: run.config.search,
      closed: new Set([...closed.nothingLeftFrom, ...closed.confirming]),
      seed: record.seed,
    });
    if (parent === null) return { kind: "wait", ending: NOTHING_LEFT };
    if (needsConfirmation(parent, nodes)) {
      closed.confirming.add(parent.id);
      return { kind: "confirm", node: parent };
    }
    const id = childId(parent.id, nodes.filter((node) => node.parent === parent.id).length + 1);
    const conversation = await run.agent.open({ id, parent, nodes, lease, readFile });
    if (conversation !== null) {
      const node = await reserveNode(run, id, parent.id);
      return { kind: "experiment", parent, node, conversation, lease };
    }
    closed.nothingLeftFrom.add(parent.id);
  }
}

function budgetSpent(text: string): Ending {
  return { reason: "budget_spent", text };
}

function whyStop(run: Run, startedAtMs: number): Ending | null {
  const { nodes, record } = run.store;
  const metrics = record.metrics ?? [];
  const elapsedMs = run.now().getTime() - startedAtMs;
  const spent = { ...spentOf(nodes), elapsedMs };
  const stop = budgetStop(run.config.budget, spent, championOf(nodes, metrics), metrics);
  if (stop !== null) {
    return { reason: stop.limit === "until" ? "goal_reached" : "budget_spent", text: stop.text };
  }
  const failures = failuresInARow(nodes);
  if (failures < run.config.agent.maxFailures) return null;
  const text = `${failures} experiments in a row gave nothing to measure (agent.max_failures)`;
  return { reason: "agent_failing", text };
}

/** Waits until `rate_limit.experiments` allows another start; it counts over restarts, from the index. */
async function keepPace(run: Run, signal: AbortSignal): Promise<void> {
  const starts = run.store.nodes.filter(({ parent }) => parent !== null);
  const startedAtMs = starts.map(({ createdAt }) => Date.parse(createdAt));
  const { experiments } = run.config.rateLimit;
  const waitMs = paceDelayMs(experiments, startedAtMs, run.now().getTime());
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1000);
  const message = `waiting ${seconds} s: rate_limit.experiments is reached`;
  await tell(run, { type: "warning", id: null, message });
  await sleep(waitMs, undefined, { signal });
}

/** Time that earlier sessions of this run used, as far as the index knows. */
function spentMs(run: Run): number {
  return run.store.nodes.reduce(
    (sum, { createdAt, finishedAt }) =>
      finishedAt === null ? sum : sum + Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt)),
    0,
  );
}
