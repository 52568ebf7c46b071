#!/usr/bin/env node
// How far each search policy comes in made-up problems, with as many experiments: `npm run build && node bench/search.mjs`.
import { pathToFileURL } from "node:url";
import { readHeader } from "../dist/core/metrics/metric.js";
import { byPriority } from "../dist/core/search/preference.js";
import { championOf, selectParent } from "../dist/core/search/selection.js";
import { seeded } from "../dist/core/statistics/random.js";
import { childId, parseId } from "../dist/core/tree/id.js";
import { NO_USAGE } from "../dist/core/tree/node.js";
import { NO_STEERING } from "../dist/core/tree/steering.js";
import { isExpandable } from "../dist/core/tree/verdict.js";
import { BASELINE, LANDSCAPES } from "./landscapes.mjs";

const SEEDS = 60;
const EXPERIMENTS = 80;
const MAX_CHILDREN = 12;
/** Of changes, those that do not even build. */
const FAILURES = 0.2;
/** A measured step of more than this is a gain; of less than its negative a loss. */
const MARGIN = 0.01;
const SPEED = readHeader("speed");
const PREFERENCE = byPriority([SPEED]);
const EPOCH_MS = Date.UTC(2026, 0, 1);

const BLIND = "best-first, blind to what runs";
const POLICIES = [
  ["best-first (default)", byRules({ kind: "best-first" }, 0.2)],
  ["best-first, explore 0", byRules({ kind: "best-first" }, 0)],
  [BLIND, blindly(byRules({ kind: "best-first" }, 0.2))],
  ["beam:5", byRules({ kind: "beam", width: 5 }, 0)],
  ["greedy", byRules({ kind: "greedy" }, 0)],
  ["breadth", byRules({ kind: "breadth" }, 0)],
  ["random", byLot],
];

/** Prints markdown tables. All seeds are fixed: they come out the same everywhere. */
export function benchSearch() {
  for (const workers of [1, 8]) {
    console.log(
      `\nMean true gain of the champion (log units) after ${EXPERIMENTS} experiments, ${SEEDS} seeds, ` +
        `${workers === 1 ? "one worker" : `${workers} workers`}; regret: how much less than the best policy of a column, on average:\n`,
    );
    console.log(`| policy | ${LANDSCAPES.map(({ name }) => name).join(" | ")} | regret |`);
    console.log(`| --- |${" ---: |".repeat(LANDSCAPES.length + 1)}`);
    const rows = POLICIES.filter(([name]) => workers > 1 || name !== BLIND).map(
      ([name, choose]) => ({
        name,
        gains: LANDSCAPES.map((landscape) => meanGain(landscape, choose, workers)),
      }),
    );
    const best = LANDSCAPES.map((_, k) => Math.max(...rows.map(({ gains }) => gains[k] ?? 0)));
    for (const { name, gains } of rows) {
      const regrets = gains.map((gain, k) => 1 - gain / (best[k] ?? 1));
      const regret = regrets.reduce((sum, each) => sum + each, 0) / regrets.length;
      const cells = [...gains.map((gain) => gain.toFixed(3)), `${(100 * regret).toFixed(1)} %`];
      console.log(`| ${name} | ${cells.join(" | ")} |`);
    }
  }
}

function meanGain(landscape, choose, workers) {
  let sum = 0;
  for (let seed = 1; seed <= SEEDS; seed++) sum += search(landscape, choose, workers, seed);
  return sum / SEEDS;
}

/** Workers that each choose, work for a while, and choose again; what came of it is known only at the end. */
function search(landscape, choose, workers, seed) {
  const truths = new Map([["1", BASELINE]]);
  const nodes = [nodeOf("1", 0, { idea: "root" })];
  const running = [];
  let nowMs = 0;
  while (nodes.length <= EXPERIMENTS || running.length > 0) {
    const parent =
      running.length < workers && nodes.length <= EXPERIMENTS ? choose(nodes, seed, workers) : null;
    if (parent === null) {
      if (running.length === 0) break;
      running.sort((a, b) => a.endsAtMs - b.endsAtMs);
      const { ordinal, result, endsAtMs } = running.shift();
      nowMs = endsAtMs;
      nodes[ordinal] = { ...nodes[ordinal], ...result, ...finishedAt(nowMs) };
      continue;
    }
    const siblings = nodes.filter((node) => node.parent === parent.id);
    const id = childId(parent.id, siblings.length + 1);
    const own = seeded(`${landscape.name}/${seed}/${id}`);
    const idea = ideaFor(parent, siblings, landscape, own);
    const random = seeded(`${landscape.name}/${seed}/${idea}`);
    const truth = idea === null ? null : landscape.child(truths.get(parent.id), random);
    truths.set(id, truth);
    const result = resultOf(idea, truth, { parent, truths, nodes, landscape, random });
    running.push({ ordinal: nodes.length, result, endsAtMs: nowMs + 600_000 * (0.5 + own.next()) });
    nodes.push(nodeOf(id, nodes.length, { phase: "reserved", parent: parent.id, idea }));
  }
  return truths.get(championOf(nodes, PREFERENCE).id).gain;
}

/** One that no finished sibling tried: what others at work are trying nobody knows. `null` where all were tried. */
function ideaFor(parent, siblings, { ideas }, random) {
  const known = siblings.filter(({ phase }) => phase === "finished").map(({ idea }) => idea);
  const left = Array.from({ length: ideas }, (_, k) => `${parent.idea}.${k}`).filter(
    (idea) => !known.includes(idea),
  );
  return left.length === 0 ? null : random.pick(left);
}

function resultOf(idea, truth, { parent, truths, nodes, landscape, random }) {
  if (truth === null) return { verdict: "abandoned" };
  if (nodes.some((node) => node.idea === idea)) return { verdict: "duplicate" };
  if (random.next() < FAILURES) return { verdict: "build_failed" };
  const seen = truth.gain - truths.get(parent.id).gain + landscape.noise * normal(random);
  const verdict = seen > MARGIN ? "improved" : seen < -MARGIN ? "worse" : "no_gain";
  const logGainFromRoot = { speed: (parent.logGainFromRoot.speed ?? 0) + seen };
  return { verdict, logGainFromRoot };
}

function byRules(policy, explore) {
  return (nodes, seed, workers) =>
    selectParent({
      nodes,
      preference: PREFERENCE,
      options: { policy, explore, maxChildren: MAX_CHILDREN, maxDepth: null, parallel: workers },
      closed: new Set(),
      steering: NO_STEERING,
      seed,
    });
}

/** The same as if nobody were at work yet: what agents at once do without a virtual loss. */
function blindly(choose) {
  return (nodes, seed, workers) => {
    const finished = nodes.filter(({ phase }) => phase === "finished");
    return choose(finished, `${seed}/${nodes.length}`, workers);
  };
}

function byLot(nodes, seed) {
  const open = nodes.filter(
    ({ id, parent, phase, verdict }) =>
      phase === "finished" &&
      (parent === null || isExpandable(verdict)) &&
      nodes.filter((node) => node.parent === id).length < MAX_CHILDREN,
  );
  return open.length === 0 ? null : seeded(`${seed}/lot/${nodes.length}`).pick(open);
}

function nodeOf(text, ordinal, fields) {
  return {
    id: parseId(text),
    parent: null,
    ordinal,
    createdAt: new Date(EPOCH_MS).toISOString(),
    ...finishedAt(0),
    description: "",
    hypothesis: "",
    analysis: "",
    verdict: null,
    logGainFromRoot: {},
    usage: NO_USAGE,
    ...fields,
  };
}

function finishedAt(elapsedMs) {
  return { phase: "finished", finishedAt: new Date(EPOCH_MS + elapsedMs).toISOString() };
}

/** Box and Muller (1958). */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) benchSearch();
