#!/usr/bin/env node
// Nodes that four workers finish against one, on the real engine: agents that take 20 s, benchmarks that take about 2 s a node.
// About seven minutes: `npm run build && node bench/parallel.mjs`.
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { NO_USAGE } from "../dist/core/tree/node.js";
import { optimize } from "../dist/loop/optimize.js";
import { medianOf, openBenchRun } from "./project.mjs";

const AGENT_MS = 20_000;
const ROUNDS = 8;

/** Prints a markdown table. */
export async function benchParallel() {
  console.log(
    "| workers | nodes | seconds | nodes a minute | snapshot, build, verify, s | waiting and measuring, s |",
  );
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: |");
  const [one, four] = [await grow(1), await grow(4)];
  console.log(`\nFour workers finish ${(four / one).toFixed(2)} times the nodes of one.`);
}

/** Nodes a minute. */
async function grow(workers) {
  const experiments = ROUNDS * workers;
  const agent = {
    paidModel: null,
    open: async ({ nodes }) => slowChange(`${1000 + nodes.length}\n`),
  };
  const { run, signal, close } = await openBenchRun(filesFor(workers, experiments), agent);
  try {
    await optimize(run, signal);
    const nodes = run.records.store.nodes.filter(({ parent }) => parent !== null);
    const startedAtMs = Math.min(...nodes.map(({ createdAt }) => Date.parse(createdAt)));
    const endedAtMs = Math.max(...nodes.map(({ finishedAt }) => Date.parse(finishedAt)));
    const seconds = (endedAtMs - startedAtMs) / 1000;
    const perMinute = (60 * nodes.length) / seconds;
    const events = await run.records.store.events();
    const medians = [
      secondsBetween(events, "agent_finished", "verify_finished"),
      secondsBetween(events, "verify_finished", "node_finished"),
    ].map((values) => medianOf(values).toFixed(1));
    const cells = [workers, nodes.length, seconds.toFixed(0), perMinute.toFixed(2), ...medians];
    console.log(`| ${cells.join(" | ")} |`);
    return perMinute;
  } finally {
    await close();
  }
}

/** Another file every time, and every time a worse one: two pairs say so. */
function slowChange(content) {
  return {
    repairs: 0,
    readsHistory: false,
    edit: async (session, signal) => {
      await sleep(AGENT_MS, undefined, { signal });
      await session.writeFile("value", Buffer.from(content));
      return { kind: "proposed", description: content.trim(), hypothesis: "", usage: NO_USAGE };
    },
    repair: async () => ({ kind: "abandoned", reason: "no repair", usage: NO_USAGE }),
    analyse: async () => ({ text: "", usage: NO_USAGE }),
  };
}

/** Of every node that had both. */
function secondsBetween(events, from, to) {
  const begins = new Map();
  const seconds = [];
  for (const event of events) {
    if (event.type === from) begins.set(event.id, Date.parse(event.at));
    const begin = event.type === to ? begins.get(event.id) : undefined;
    if (begin !== undefined) seconds.push((Date.parse(event.at) - begin) / 1000);
  }
  return seconds;
}

function filesFor(workers, experiments) {
  return {
    "loopty.yaml": `
name: parallel
statement: none
access: { writable: [value] }
commands: { build: cp value built, verify: "true", benchmark: "sh bench.sh" }
agent: { kind: replay, from: edits.yaml }
search: { parallel: ${workers}, max_children: 1000, explore: 0 }
budget: { experiments: ${experiments} }
rate_limit: { experiments: none }
`,
    "edits.yaml":
      'version: 1\nedits: [{ parent: "1", description: x, changes: [{ path: value, content: "2" }] }]\n',
    "bench.sh":
      'sleep 0.1; printf "iteration,cost (lower is better)\\n1,%s\\n" "$(cat built)" > "$LOOPTY_METRICS"\n',
    value: "1000\n",
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await benchParallel();
