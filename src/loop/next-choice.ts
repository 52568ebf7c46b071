import { workersOf } from "../config/machines.ts";
import type { TokenLease } from "../core/budget/lease.ts";
import { toldNode } from "../core/prompt/told-node.ts";
import { championOf, selectParent } from "../core/search/selection.ts";
import { canStartFrom, type HandedIn, waitingChanges } from "../core/tree/handed-in.ts";
import { type NodeId, nextChildId } from "../core/tree/id.ts";
import { NO_LESSON } from "../core/tree/lesson.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { pinnedIdeaFor, withPinnedIdeas } from "../core/tree/pinned-idea.ts";
import { metricsOf } from "../store/baseline-record.ts";
import { preferenceOfRun } from "../store/run-record.ts";
import { needsConfirmation } from "./comparing/confirmation.ts";
import { mostUnconfirmedChildren } from "./comparing/effort.ts";
import {
  budgetSpent,
  type Ending,
  endingOf,
  maxTimeSpent,
  NOTHING_LEFT,
  restsOnUnfinished,
  STOPPED,
  timeLeftMs,
} from "./ending.ts";
import { openHandedIn } from "./given-change.ts";
import { findMerge, reserveMerge } from "./merge.ts";
import { type Next, type NextOptions, nothingLent } from "./next.ts";
import { reserveNode } from "./node/record.ts";
import { keepPace, type PaceWait } from "./pace.ts";
import { filesOf } from "./run/node-images.ts";
import { emit, type GrowingRun } from "./run/run.ts";

/** Chooses for all workers of a run. It may be asked once at a time. An end, once reached, holds for all. */
export class NextChoice {
  readonly #run: GrowingRun;
  readonly #options: NextOptions;
  /** Nodes from which the agent has nothing left to try. */
  readonly #nothingLeftFrom = new Set<NodeId>();
  /** Nothing is built on these nodes meanwhile. */
  readonly #confirming = new Set<NodeId>();
  /** Pairs of gains that touch the same lines, or were tried otherwise. */
  readonly #unmergeable = new Set<string>();
  #ending: Ending | null = null;
  #toldToWait = false;

  constructor(run: GrowingRun, options: NextOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** Waits where `rate_limit.experiments` asks for it. */
  async next(signal: AbortSignal): Promise<Next> {
    let paced = false;
    for (;;) {
      signal.throwIfAborted();
      const handedIn = this.#handedIn();
      if (handedIn !== null) {
        return nothingLent(await openHandedIn(this.#run, handedIn));
      }
      const ending = this.#ending ?? this.#whyEnd();
      const doubtful = ending?.reason === "goal_reached" ? this.#doubtfulChampion() : null;
      if (ending !== null && doubtful !== null) {
        if (this.#confirming.has(doubtful.id)) return { kind: "wait", ending, forMs: null };
        return this.#confirm(doubtful);
      }
      if (ending !== null && restsOnUnfinished(this.#run, this.#elapsedMs())) {
        return { kind: "wait", ending, forMs: null };
      }
      this.#ending = ending;
      if (ending !== null) return { kind: "end", ending };
      const parent = this.#selectParent();
      const merge = await this.#openMerge();
      if (merge !== null) return merge;
      if (parent === null) return this.#wait();
      if (this.#needsConfirmation(parent)) return this.#confirm(parent);
      // Much may change during the wait. After it, and only after one, all is chosen afresh.
      const pace: PaceWait = paced ? "free" : await this.#keepPace(signal);
      if (pace !== "free") {
        paced = pace === "kept";
        continue;
      }
      const next = await this.#open(parent);
      if (next !== null) return next;
      this.#nothingLeftFrom.add(parent.id);
    }
  }

  /** Somebody waits for it, so it comes before what the search would do, whatever the budget of the search. */
  #handedIn(): HandedIn | null {
    const { steering } = this.#options;
    if (steering.stop.aborted || this.#timeLeftMs() === 0) return null;
    const { nodes } = this.#run.records.store;
    return (
      waitingChanges(steering.changes, nodes).find(({ id }) => canStartFrom(id, nodes)) ?? null
    );
  }

  #whyEnd(): Ending | null {
    const { steering, maxTime = null } = this.#options;
    if (steering.stop.aborted) return STOPPED;
    const ending = endingOf(this.#run, this.#elapsedMs());
    if (ending !== null || maxTime === null || this.#timeLeftMs() > 0) return ending;
    return maxTimeSpent(maxTime, this.#run, this.#run.clock.steadyMs());
  }

  /** A gain that must not be built on before it is confirmed reaches no goal either. */
  #doubtfulChampion(): ExperimentNode | null {
    const { nodes, record } = this.#run.records.store;
    const champion = championOf(nodes, preferenceOfRun(record));
    return champion !== null && this.#needsConfirmation(champion) ? champion : null;
  }

  #needsConfirmation(node: ExperimentNode): boolean {
    const { nodes } = this.#run.records.store;
    return needsConfirmation(node, nodes, mostUnconfirmedChildren(this.#run));
  }

  #selectParent(): ExperimentNode | null {
    const { records, problem } = this.#run;
    const { store } = records;
    const { config } = problem;
    return selectParent({
      nodes: store.nodes,
      preference: preferenceOfRun(store.record),
      options: { ...config.search, parallel: workersOf(config) },
      closed: new Set([...this.#nothingLeftFrom, ...this.#confirming]),
      steering: withPinnedIdeas(this.#options.steering.current, store.nodes),
      seed: store.record.seed,
    });
  }

  async #wait(): Promise<Next> {
    const { config } = this.#run.problem;
    if (config.search.policy.kind !== "manual") {
      return { kind: "wait", ending: NOTHING_LEFT, forMs: null };
    }
    if (!this.#toldToWait) {
      const message = "waiting for loopty pin ID, or loopty stop (search.policy is manual)";
      await emit(this.#run, { type: "warning", id: null, message });
    }
    this.#toldToWait = true;
    const { timeMs } = config.budget;
    const budgetMs = timeMs === null ? Infinity : Math.max(0, timeMs - this.#elapsedMs());
    const forMs = Math.min(budgetMs, this.#timeLeftMs());
    return { kind: "wait", ending: NOTHING_LEFT, forMs };
  }

  /** Returns `null` where no two gains are worth trying together. */
  async #openMerge(): Promise<Next | null> {
    if (!this.#run.problem.config.search.merges) return null;
    const merge = await findMerge(this.#run, this.#unmergeable);
    if (merge === null || this.#confirming.has(merge.onto.id)) return null;
    if (this.#needsConfirmation(merge.onto)) return this.#confirm(merge.onto);
    return nothingLent(await reserveMerge(this.#run, merge));
  }

  #confirm(node: ExperimentNode): Next {
    this.#confirming.add(node.id);
    return { kind: "confirm", node, close: () => this.#confirming.delete(node.id) };
  }

  /** Sets tokens aside and reserves the child's id. Returns `null` where the agent has no idea for this parent. */
  async #open(parent: ExperimentNode): Promise<Next | null> {
    const id = nextChildId(parent.id, this.#run.records.store.nodes);
    const price = this.#run.agent.modelFor?.(id).price;
    const leased = this.#options.tokens?.lease(price) ?? NO_LEASE;
    if (leased.kind === "spent") {
      this.#ending = budgetSpent(leased.text);
      return { kind: "end", ending: this.#ending };
    }
    if (leased.kind === "wait") {
      return { kind: "wait", ending: budgetSpent("no tokens are left"), forMs: null };
    }
    const { lease } = leased;
    const close = () => lease?.close();
    try {
      const opened = await this.#openChild(parent, id, lease);
      if (opened !== null) return { kind: "experiment", parent, ...opened, close };
    } catch (error) {
      close();
      throw error;
    }
    close();
    return null;
  }

  async #openChild(parent: ExperimentNode, id: NodeId, lease: TokenLease | null) {
    const run = this.#run;
    const { nodes, record } = run.records.store;
    const readFile = async (node: ExperimentNode, path: string) =>
      (await filesOf(run, node)).find((file) => file.path === path)?.content ?? null;
    const { access } = run.problem.config;
    const conversation = await run.agent.open({
      id,
      parent: toldNode(parent, access),
      nodes: nodes.map((node) => toldNode(node, access)),
      metrics: metricsOf(record),
      lease,
      readFile,
    });
    if (conversation === null) return null;
    const { current } = this.#options.steering;
    const idea = conversation.readsHistory ? pinnedIdeaFor(id, parent.id, current, nodes) : null;
    const took = idea && { from: idea.from.id, number: idea.number };
    const chosen = { lesson: { ...NO_LESSON, took }, model: run.agent.modelFor?.(id).name ?? null };
    return { node: await reserveNode(run, id, parent.id, null, chosen), conversation };
  }

  #keepPace(signal: AbortSignal): Promise<PaceWait> {
    return keepPace(this.#run, this.#options.steering, this.#timeLeftMs(), signal);
  }

  #timeLeftMs(): number {
    const { maxTime = null } = this.#options;
    return maxTime === null ? Infinity : timeLeftMs(maxTime, this.#run, this.#run.clock.steadyMs());
  }

  #elapsedMs(): number {
    return this.#run.clock.steadyMs() - this.#options.startedAtMs;
  }
}

const NO_LEASE = { kind: "leased", lease: null } as const;
