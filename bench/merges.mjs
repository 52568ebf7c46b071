#!/usr/bin/env node
// When merging gains of two branches pays, in made-up problems: `npm run build && node bench/merges.mjs`.
import { pathToFileURL } from "node:url";
import { mergeCandidates } from "../dist/core/merging/candidate.js";
import { readHeader } from "../dist/core/metrics/metric.js";
import { byPriority } from "../dist/core/search/preference.js";
import { championOf, selectParent } from "../dist/core/search/selection.js";
import { seeded } from "../dist/core/statistics/random.js";
import { nextChildId, parseId } from "../dist/core/tree/id.js";
import { NO_STEERING } from "../dist/core/tree/steering.js";

const SEEDS = 200;
const EXPERIMENTS = [20, 40, 80];
const IDEAS = 60;
/** Of all ideas, those that gain alone. */
const GOOD = 0.25;
const NOISE = 0.004;
const MARGIN = 0.01;
/** Of two changes, those that touch the same lines. */
const SAME_LINES = 0.3;
const SPEED = readHeader("speed");
const PREFERENCE = byPriority([SPEED]);

/** The log gain of a set of ideas, given what each brings alone. */
const LANDSCAPES = [
  ["additive", (ideas, alone) => sum(ideas.map(alone))],
  // Ideas of a kind act on the same cost: only the best of a kind counts.
  [
    "redundant",
    (ideas, alone) => {
      const kinds = [0, 1, 2, 3, 4, 5].map((kind) => ideas.filter((idea) => idea % 6 === kind));
      return sum(kinds.map((kind) => best(kind.map(alone))));
    },
  ],
  // Good ideas of two families do harm together, though they touch other lines.
  [
    "conflicting",
    (ideas, alone) => {
      const good = ideas.filter((idea) => alone(idea) > 0);
      const odd = good.filter((idea) => idea % 2 === 1).length;
      return sum(ideas.map(alone)) - 0.08 * odd * (good.length - odd);
    },
  ],
];

/** Prints a markdown table. All seeds are fixed: it comes out the same everywhere. */
export function benchMerges() {
  console.log(
    "| landscape | experiments | champion without | with merges | difference | merges a run | of them gains |",
  );
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const [name, gainOf] of LANDSCAPES) {
    for (const experiments of EXPERIMENTS) {
      const without = runsOf(name, gainOf, experiments, false);
      const merging = runsOf(name, gainOf, experiments, true);
      const [a, b] = [without, merging].map((runs) => mean(runs.map(({ gain }) => gain)));
      const made = mean(merging.map(({ merges }) => merges));
      const gained = mean(merging.map(({ gains }) => gains));
      const share = made === 0 ? 0 : (100 * gained) / made;
      const cells = [a.toFixed(3), b.toFixed(3), `${signed(100 * (b / a - 1))} %`, made.toFixed(1)];
      console.log(`| ${[name, experiments, ...cells, `${share.toFixed(0)} %`].join(" | ")} |`);
    }
  }
}

function runsOf(name, gainOf, experiments, merging) {
  return Array.from({ length: SEEDS }, (_, seed) =>
    search(`${name}/${seed}`, gainOf, experiments, merging),
  );
}

function search(problem, gainOf, experiments, merging) {
  const alone = (idea) => {
    const random = seeded(`${problem}/idea/${idea}`);
    const size = 0.02 + 0.13 * random.next();
    return random.next() < GOOD ? size : random.next() < 0.5 ? 0 : -size;
  };
  const sets = new Map([["1", []]]);
  const nodes = [nodeOf("1", 0, { verdict: null })];
  while (nodes.length <= experiments) {
    const merge = merging ? firstMerge(nodes, sets, problem) : null;
    const parent = merge?.onto ?? chosen(nodes, problem);
    if (parent === null) break;
    const own = sets.get(parent.id) ?? [];
    const id = nextChildId(parent.id, nodes);
    const random = seeded(`${problem}/${id}`);
    const idea = merge === null ? newIdea(own, parent, nodes, sets, random) : null;
    const added = merge === null ? [idea] : (sets.get(merge.other.id) ?? []);
    const ideas = [...new Set([...own, ...added])];
    sets.set(id, ideas);
    const seen = gainOf(ideas, alone) - gainOf(own, alone) + NOISE * normal(random);
    const verdict = seen > MARGIN ? "improved" : seen < -MARGIN ? "worse" : "no_gain";
    const logGainFromRoot = { speed: (parent.logGainFromRoot.speed ?? 0) + seen };
    const merged = merge?.other.id ?? null;
    nodes.push(nodeOf(id, nodes.length, { parent: parent.id, verdict, logGainFromRoot, merged }));
  }
  const merges = nodes.filter(({ merged }) => merged !== null);
  return {
    gain: gainOf(sets.get(championOf(nodes, PREFERENCE).id), alone),
    merges: merges.length,
    gains: merges.filter(({ verdict }) => verdict === "improved").length,
  };
}

/** Two sets of ideas fit together where no idea of one touches the lines of one of the other. */
function firstMerge(nodes, sets, problem) {
  const clash = (a, b) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return low !== high && seeded(`${problem}/lines/${low}/${high}`).next() < SAME_LINES;
  };
  const fits = ({ onto, other }) => {
    const [a, b] = [sets.get(onto.id), sets.get(other.id)];
    const news = b.filter((idea) => !a.includes(idea));
    return news.length > 0 && !news.some((idea) => a.some((mine) => clash(mine, idea)));
  };
  return mergeCandidates(nodes, PREFERENCE).find(fits) ?? null;
}

function chosen(nodes, problem) {
  return selectParent({
    nodes,
    preference: PREFERENCE,
    options: {
      policy: { kind: "best-first" },
      explore: 0.2,
      maxChildren: 12,
      maxDepth: null,
      parallel: 1,
    },
    closed: new Set(),
    steering: NO_STEERING,
    seed: problem,
  });
}

/** An agent is told what its siblings tried, and what its parent has. */
function newIdea(own, parent, nodes, sets, random) {
  const tried = nodes
    .filter((node) => node.parent === parent.id && node.merged === null)
    .flatMap(({ id }) => sets.get(id) ?? []);
  const left = Array.from({ length: IDEAS }, (_, idea) => idea).filter(
    (idea) => !own.includes(idea) && !tried.includes(idea),
  );
  return random.pick(left);
}

function nodeOf(text, ordinal, fields) {
  const at = new Date(Date.UTC(2026, 0, 1) + 600_000 * ordinal).toISOString();
  const node = { id: parseId(text), parent: null, merged: null, ordinal, phase: "finished" };
  return { ...node, createdAt: at, finishedAt: at, logGainFromRoot: {}, ...fields };
}

function best(values) {
  return values.length === 0 ? 0 : Math.max(...values);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values) {
  return sum(values) / values.length;
}

function signed(value) {
  return `${value < 0 ? "" : "+"}${value.toFixed(0)}`;
}

/** Box and Muller (1958). */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) benchMerges();
