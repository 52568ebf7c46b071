// What the harness adds to a node: one experiment with commands that do nothing, beside a plain script that makes the same
// irreducible Docker calls, in turn.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { givenChange } from "../dist/agent/given-change.js";
import { IDLE } from "../dist/agent/idle.js";
import { childId, nextChildId } from "../dist/core/tree/id.js";
import { runBaseline } from "../dist/loop/baseline.js";
import { runExperiment } from "../dist/loop/experiment.js";
import { reserveNode } from "../dist/loop/node/record.js";
import { BENCHMARK, bareNode } from "./bare-node.mjs";
import { medianOf, openBenchRun } from "./project.mjs";

const ROUNDS = 8;
/** A project whose commands do next to nothing. */
export const IDLE_PROJECT = {
  "loopty.yaml": `
name: overhead
statement: none
access: { writable: [value] }
commands: { build: cp value built, verify: "true", benchmark: "sh bench.sh" }
agent: { kind: replay, from: edits.yaml }
`,
  "edits.yaml":
    'version: 1\nedits: [{ parent: "1", description: x, changes: [{ path: value, content: "2" }] }]\n',
  "bench.sh": `${BENCHMARK}\n`,
  value: "1000\n",
};

/** Prints a markdown table. */
export async function benchOverhead() {
  const { run, engine, cpus, signal, directory, close } = await openBenchRun(IDLE_PROJECT, IDLE);
  try {
    const root = await runBaseline(run, signal);
    let number = 0;
    // The judge stops early for an exact metric: the script makes as many runs as the node before it.
    let benchmarks = 0;
    const oneNode = async () => {
      const node = await timeNode(run, root, ++number, signal);
      benchmarks = node.benchmarks;
      return node.ms;
    };
    const bare = async () => {
      number++;
      const startedAt = performance.now();
      await bareNode(engine.docker, {
        base: run.lab.sandbox.base.imageId,
        parent: root.snapshot?.imageId ?? "",
        benchmarks,
        number,
        cpus,
      });
      return performance.now() - startedAt;
    };
    /** @param {number} rounds */
    const interleave = async (rounds) => {
      const ours = [];
      const theirs = [];
      for (let i = 0; i < rounds; i++) {
        ours.push(await oneNode());
        theirs.push(await bare());
      }
      return { ours: medianOf(ours), theirs: medianOf(theirs) };
    };
    await interleave(1);
    const before = await folderBytes(join(directory, ".loopty"));
    const nodesBefore = run.records.store.nodes.length;
    const few = await interleave(ROUNDS);
    const perNode =
      ((await folderBytes(join(directory, ".loopty"))) - before) /
      (run.records.store.nodes.length - nodesBefore);

    const last = run.records.store.nodes.at(-1);
    if (last === undefined) throw new Error("no node");
    while (run.records.store.nodes.length < 500) {
      const ordinal = run.records.store.nodes.length;
      await run.records.store.reserve({
        ...last,
        id: childId(root.id, ordinal),
        ordinal,
        tree: `${ordinal}`.padStart(40, "0"),
      });
    }
    const many = await interleave(ROUNDS);
    const ratio = few.ours / few.theirs;
    const growth = many.ours / many.theirs / ratio;
    console.log("| nodes in the run | loopty, ms a node | bare script, ms | ratio |");
    console.log("| --- | --- | --- | --- |");
    console.log(`| 5 | ${few.ours.toFixed(0)} | ${few.theirs.toFixed(0)} | ${ratio.toFixed(2)} |`);
    console.log(
      `| 500 | ${many.ours.toFixed(0)} | ${many.theirs.toFixed(0)} | ${(many.ours / many.theirs).toFixed(2)} |`,
    );
    console.log(
      `\nGrowth from 5 to 500 nodes: ${growth.toFixed(2)}. On the host: ${(perNode / 1024).toFixed(1)} KiB a node.`,
    );
    return { ratio, growth, perNodeBytes: perNode };
  } finally {
    await close();
  }
}

/**
 * Grows one child of a root of `IDLE_PROJECT`, with as many runs of the benchmark as the judge asks for.
 * @param {import("../dist/loop/run/run.js").Run} run
 * @param {import("../dist/core/tree/node.js").ExperimentNode} root
 * @param {number} number another one for every node
 * @param {AbortSignal} signal
 */
export async function timeNode(run, root, number, signal) {
  const content = Buffer.from(`${1000 + number}\n`);
  const conversation = givenChange({
    description: "one",
    changes: [{ kind: "write", path: "value", content }],
  });
  const id = nextChildId(root.id, run.records.store.nodes);
  const node = await reserveNode(run, id, root.id);
  const startedAt = performance.now();
  await runExperiment(run, node, root, conversation, signal);
  const ms = performance.now() - startedAt;
  const pairs = (await run.records.store.readNodeFile(id, "runs.jsonl"))?.toString("utf8") ?? "";
  return { ms, benchmarks: 2 * pairs.trimEnd().split("\n").length };
}

/** @param {string} folder @returns {Promise<number>} */
async function folderBytes(folder) {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    sum += entry.isDirectory() ? await folderBytes(path) : (await stat(path)).size;
  }
  return sum;
}
