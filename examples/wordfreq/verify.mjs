// Compares countWords() with the expected results in oracle/, which is hidden from the agent.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { countWords } from "./src/wordfreq.mjs";
import { seededText } from "./text.mjs";

/** One case a line: a text with its counts, or a seeded text with the hash of its counts. */
function readCases() {
  try {
    const lines = readFileSync("oracle/expected.jsonl", "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line));
  } catch (error) {
    console.error(`verify: cannot read the expected results: ${error.message}`);
    process.exit(1);
  }
}

/** Both as text: what is expected, and what countWords() gave. */
function compare({ text, counts, seed, words, vocabulary, sha256 }) {
  if (text !== undefined) return [JSON.stringify(counts), JSON.stringify(countWords(text))];
  const actual = JSON.stringify(countWords(seededText(seed, words, vocabulary)));
  return [sha256, createHash("sha256").update(actual).digest("hex")];
}

const cases = readCases();
let failures = 0;
for (const testCase of cases) {
  const [expected, actual] = compare(testCase);
  if (actual === expected) continue;
  failures++;
  console.log(`FAIL ${testCase.name}\n  expected ${expected}\n  counted  ${actual}`);
}
console.log(`${cases.length - failures} of ${cases.length} cases passed`);
process.exitCode = failures === 0 ? 0 : 1;
