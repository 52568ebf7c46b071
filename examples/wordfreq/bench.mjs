// Counts the words of seeded texts and writes one row of metrics after each.
import { appendFileSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { countWords } from "./src/wordfreq.mjs";
import { seededText } from "./text.mjs";

const ROWS = 5;
const WORDS = 200_000;
const VOCABULARY = 400;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

/** Counts a text that was never seen before. Heap is what is in use while the result is alive. */
function measure(seed) {
  const text = seededText(seed, WORDS, VOCABULARY);
  collectGarbage();
  const start = performance.now();
  const counts = countWords(text);
  const seconds = (performance.now() - start) / 1000;
  collectGarbage();
  const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
  const words = counts.reduce((sum, [, count]) => sum + count, 0);
  if (words !== WORDS) throw new Error(`counted ${words} words of ${WORDS}`);
  return { wordsPerS: WORDS / seconds, heapMb };
}

const path = process.env.LOOPTY_METRICS ?? "metrics.csv";
writeFileSync(path, "iteration,words_per_s (higher is better),heap_mb (lower is better)\n");
measure(0); // warms up: compiled code, a grown heap
for (let row = 1; row <= ROWS; row++) {
  const { wordsPerS, heapMb } = measure(row);
  appendFileSync(path, `${row},${wordsPerS.toFixed(3)},${heapMb.toFixed(6)}\n`);
}
