#!/usr/bin/env node
// The judge on a real engine: children of examples/matmul that change a comment, which none may win, and some with a gain that is
// known because of how they are made. Every child goes the way of a given change, and what was found better is confirmed.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { givenChange } from "../dist/agent/given-change.js";
import { IDLE } from "../dist/agent/idle.js";
import { formatDuration, formatPercent } from "../dist/core/text/number.js";
import { nextChildId } from "../dist/core/tree/id.js";
import { calibrationSentences } from "../dist/core/views/calibration.js";
import { runBaseline } from "../dist/loop/baseline.js";
import { confirmGain } from "../dist/loop/comparing/confirmation.js";
import { runExperiment } from "../dist/loop/experiment.js";
import { reserveNode } from "../dist/loop/node/record.js";
import { openBenchRun } from "./project.mjs";

/** @typedef {import("../dist/core/tree/node.js").ExperimentNode} ExperimentNode */

const EXAMPLE = fileURLToPath(new URL("../examples/matmul", import.meta.url));
const KERNEL = "src/matmul.c";
const CONFIG = `
name: noop-${crypto.randomUUID().slice(0, 8)}
statement: none
workspace: { exclude: [loopty.yaml, edits.yaml] }
access: { writable: [${KERNEL}], hidden: [oracle/] }
commands: { build: make, verify: make test, benchmark: ./bench }
agent: { kind: replay, from: edits.yaml }
git: { branches: none }
`;
const NO_EDITS = "version: 1\nedits: []\n";
const NO_OPS = 30;
const NO_OPS_PER_GAIN = 10;
const ROWS = "for (int i = 0; i < n; i++) {\n    const uint32_t *row = a + (size_t)i * n;\n    for";
// The baseline makes each twentieth row of the product twice: 19 of 384, so that a child without this is 4.9 % faster.
const ROWS_TWICE = ROWS.replace(
  "for (int i = 0; i < n; i++) {",
  "for (int t = 0; t < n + n / 20; t++) {\n    const int i = t % n;",
);

/**
 * Prints markdown.
 *
 * @param {number} noOps
 */
export async function benchNoOpChildren(noOps = NO_OPS) {
  const files = await readFiles(EXAMPLE);
  const example = files[KERNEL] ?? "";
  const slowed = example.replace(ROWS, ROWS_TWICE);
  if (slowed === example) throw new Error("the example's first loop is not as it was");
  const tried = await openBenchRun(
    { ...files, [KERNEL]: slowed, "loopty.yaml": CONFIG, "edits.yaml": NO_EDITS },
    IDLE,
  );
  const { run } = tried;
  const stop = new AbortController();
  const { signal } = stop;
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const startedAt = performance.now();
    const root = await runBaseline(run, signal);
    const calibration = run.records.store.record.baseline?.calibration ?? null;
    for (const line of calibration === null ? [] : calibrationSentences(calibration)) {
      console.log(line);
    }

    const outcomes = [];
    for (let number = 1; number <= noOps; number++) {
      outcomes.push(await tryChild(tried.run, root, `no-op ${number}`, slowed, signal));
      if (number % NO_OPS_PER_GAIN === NO_OPS_PER_GAIN >> 1) {
        outcomes.push(await tryChild(tried.run, root, `gain ${number}`, example, signal));
      }
    }
    printTable(outcomes);
    console.log(`\nIn all ${formatDuration(performance.now() - startedAt)}.`);
    return outcomes;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    await tried.close();
  }
}

/**
 * @typedef {object} Outcome
 * @property {string} name
 * @property {ExperimentNode} first as it was judged
 * @property {ExperimentNode | null} second as it was confirmed, or not
 * @property {number} runs of the benchmark
 * @property {number} ms
 */

/**
 * @param {Awaited<ReturnType<typeof openBenchRun>>["run"]} run
 * @param {ExperimentNode} root
 * @param {string} name
 * @param {string} kernel
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
async function tryChild(run, root, name, kernel, signal) {
  const conversation = givenChange({
    description: name,
    changes: [{ kind: "write", path: KERNEL, content: Buffer.from(`/* ${name} */\n${kernel}`) }],
  });
  const id = nextChildId(root.id, run.records.store.nodes);
  const startedAt = performance.now();
  const node = await reserveNode(run, id, root.id);
  const first = await runExperiment(run, node, root, conversation, signal);
  const second = first.verdict === "improved" ? await confirmGain(run, first, signal) : null;
  const ms = performance.now() - startedAt;
  const pairs = (await run.records.store.readNodeFile(id, "runs.jsonl"))?.toString("utf8") ?? "";
  const runs = 2 * pairs.split("\n").filter((line) => line !== "").length;
  process.stderr.write(`${name}: ${first.verdict}, ${first.reason}\n`);
  if (second !== null) process.stderr.write(`${name}: ${second.verdict}, ${second.reason}\n`);
  return { name, first, second, runs, ms };
}

const VERDICTS = /** @type {const} */ (["improved", "tie", "no_gain", "worse", "inconclusive"]);

/** @param {readonly Outcome[]} outcomes */
function printTable(outcomes) {
  const head = ["children", ...VERDICTS, "other", "confirmed", "runs a child", "time a child"];
  console.log(`\n| ${head.join(" | ")} |\n| --- ${"| ---: ".repeat(head.length - 1)}|`);
  for (const kind of ["no-op", "gain"]) {
    const some = outcomes.filter(({ name }) => name.startsWith(kind));
    if (some.length === 0) continue;
    const counts = VERDICTS.map((verdict) => some.filter(({ first }) => first.verdict === verdict));
    const judged = counts.reduce((sum, { length }) => sum + length, 0);
    const confirmed = some.filter(({ second }) => second?.verdict === "confirmed");
    const cells = [
      `${some.length} x ${kind === "no-op" ? "a comment" : "+4.9 %"}`,
      ...counts.map(({ length }) => length),
      some.length - judged,
      confirmed.length,
      (some.reduce((sum, { runs }) => sum + runs, 0) / some.length).toFixed(1),
      formatDuration(some.reduce((sum, { ms }) => sum + ms, 0) / some.length),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log();
  for (const { name, first, second } of outcomes) {
    if (second === null) continue;
    console.log(
      `- ${name}: improved by ${gainOf(first)}, then ${second.verdict}, ${gainOf(second)}`,
    );
  }
}

/** @param {ExperimentNode} node */
function gainOf({ evidence }) {
  if (evidence === null) return "unknown";
  const { of, gain, gainLow, gainHigh, pairs } = evidence;
  const interval = `${formatPercent(gainLow)} to ${formatPercent(gainHigh)}`;
  return `${of} ${formatPercent(gain)} (${interval}, ${pairs} pairs)`;
}

/**
 * By path in the folder.
 *
 * @param {string} folder
 */
async function readFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  /** @type {Record<string, string>} */
  const texts = {};
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    texts[path.slice(folder.length + 1)] = await readFile(path, "utf8");
  }
  return texts;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({ options: { count: { type: "string" } } });
  await benchNoOpChildren(values.count === undefined ? undefined : Number(values.count));
}
