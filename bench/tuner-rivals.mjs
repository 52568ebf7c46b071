// Ways to choose the next point of a space, for bench/tuner.mjs. Each is made for the sizes of the axes and a seed, and
// gets all that was tried: `at`, an index an axis, and `log`, the log of the measured time or null for a failure.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Tuner } from "../dist/agent/tuner/tuner.js";
import { readHeader } from "../dist/core/metrics/metric.js";
import { byPriority } from "../dist/core/search/preference.js";
import { selectParent } from "../dist/core/search/selection.js";
import { seeded } from "../dist/core/statistics/random.js";
import { nextChildId, parseId } from "../dist/core/tree/id.js";
import { NO_STEERING } from "../dist/core/tree/steering.js";

const FILE = "tuned.txt";
/** A difference that two measurements of the noise of the bench do not make by chance, in log units. */
const MARGIN = 0.04;
const PREFERENCE = byPriority([readHeader("time_ms lower is better")]);

export function drawn(sizes, seed) {
  const random = seeded(`${seed}/drawn`);
  return (tried) => unseen(sizes, tried, random);
}

/** To the first neighbour that is better, neighbours in random order; from a new start where none is. */
export function climb(sizes, seed) {
  const random = seeded(`${seed}/climb`);
  let top = null;
  let left = [];
  return (tried) => {
    const last = tried.at(-1);
    if (last.log !== null && (top === null || last.log < top.log)) {
      top = last;
      left = neighbours(sizes, top.at);
    }
    while (left.length > 0) {
      const [next] = left.splice(random.integer(left.length), 1);
      if (!wasTried(tried, next)) return next;
    }
    top = null;
    return unseen(sizes, tried, random);
  };
}

/** The real tuner in a tree of nodes whose parents the real policy chooses. */
export function loopty(sizes, seed) {
  const parameters = sizes.map((size, axis) => ({
    name: `P${axis}`,
    file: FILE,
    pattern: `^P${axis} = (\\d+)$`,
    values: Array.from({ length: size }, (_, value) => String(value)),
  }));
  const tuner = new Tuner(parameters, seed);
  const nodes = [];
  const textOf = (at) => Buffer.from(at.map((value, axis) => `P${axis} = ${value}\n`).join(""));
  const files = new Map();
  let parent = null;
  return async (tried) => {
    const last = tried.at(-1);
    const id = parent === null ? parseId("1") : nextChildId(parent.id, nodes);
    files.set(id, textOf(last.at));
    nodes.push(nodeOf(id, parent, last, nodes.length, tried[0].log));
    parent = selectParent({
      nodes,
      preference: PREFERENCE,
      options: {
        policy: { kind: "best-first" },
        explore: 0.2,
        // The parent says nothing to the tuner, so that it need not end where all have many children.
        maxChildren: Number.POSITIVE_INFINITY,
        maxDepth: null,
        parallel: 1,
      },
      closed: new Set(),
      steering: NO_STEERING,
      seed,
    });
    const conversation = await tuner.open({
      id: nextChildId(parent.id, nodes),
      parent,
      nodes,
      metrics: [readHeader("time_ms lower is better")],
      lease: null,
      readFile: async (node) => files.get(node.id) ?? null,
    });
    let text = files.get(parent.id);
    await conversation.edit(
      {
        readFile: async () => text,
        writeFile: async (_, content) => {
          text = content;
          return { kind: "written" };
        },
      },
      new AbortController().signal,
    );
    return [...text.toString().matchAll(/= (\d+)$/gm)].map(([, value]) => Number(value));
  };
}

function nodeOf(id, parent, { log }, ordinal, rootLog) {
  const at = new Date(Date.UTC(2026, 0, 1) + 600_000 * ordinal).toISOString();
  const node = { id, parent: parent?.id ?? null, ordinal, phase: "finished", createdAt: at };
  const rest = { ...node, finishedAt: at, verdict: null, logGainFromRoot: {}, logOf: log };
  if (parent === null) return { ...rest, logGainFromRoot: { time_ms: 0 } };
  if (log === null) return { ...rest, verdict: "bench_failed" };
  const step = parent.logOf - log;
  const gain = Math.exp(step) - 1;
  const metric = { name: "time_ms", gain, gainLow: gain, gainHigh: gain };
  return {
    ...rest,
    verdict: step > MARGIN ? "improved" : step < -MARGIN ? "worse" : "no_gain",
    comparison: { against: parent.id, metrics: [metric] },
    logGainFromRoot: { time_ms: rootLog - log },
  };
}

let optuna = null;

/** Optuna's, over indices; what it proposes again it is told again for nothing, a failure is the worst so far. */
export async function tpe(sizes, seed) {
  optuna ??= startOptuna();
  await optuna.ask({ sizes, seed: seeded(`${seed}/tpe`).integer(2 ** 31) });
  const random = seeded(`${seed}/tpe/rest`);
  return async (tried) => {
    const worst = Math.max(...tried.map(({ log }) => log ?? Number.NEGATIVE_INFINITY));
    const toldValue = ({ log }) => log ?? worst;
    const last = tried.at(-1);
    let at = await optuna.ask({ at: last.at, value: toldValue(last) });
    for (let again = 0; again < 20; again++) {
      const known = tried.find((each) => String(each.at) === String(at));
      if (known === undefined) return at;
      at = await optuna.ask({ at, value: toldValue(known) });
    }
    return unseen(sizes, tried, random);
  };
}

function startOptuna() {
  const script = fileURLToPath(new URL("tuner-tpe.py", import.meta.url));
  const python = spawn("/usr/bin/python3", [script], { stdio: ["pipe", "pipe", "inherit"] });
  python.unref();
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question) {
      python.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error("TPE ended; is python3-optuna there?");
      return JSON.parse(value);
    },
    end: () => python.stdin.end(),
  };
}

/** Ends what was started. */
export function endRivals() {
  optuna?.end();
}

function neighbours(sizes, at) {
  return sizes.flatMap((size, axis) =>
    Array.from({ length: size }, (_, value) => at.with(axis, value)).filter(
      (other) => other[axis] !== at[axis],
    ),
  );
}

function wasTried(tried, at) {
  return tried.some((each) => String(each.at) === String(at));
}

function unseen(sizes, tried, random) {
  for (;;) {
    const at = sizes.map((size) => random.integer(size));
    if (!wasTried(tried, at)) return at;
  }
}
