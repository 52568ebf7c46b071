// Writes expected.jsonl by a count of its own, one character at a time. Run it from the project's
// folder: node oracle/make_expected.mjs
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { seededText } from "../text.mjs";

const TEXTS = {
  nothing: "",
  "no words": " \n\t--- '' ’ … 👍",
  "one word": "word",
  case: "The the THE",
  "order of equal counts": "pear apple Pear fig apple zebra 10 9 é",
  "apostrophes inside": "don't Don’t dont rock'n'roll rock''n''roll l’été",
  "apostrophes at the ends": "'quoted' ''twice'' ’single’ dogs' 'tis",
  "words made of apostrophes": "' '' ''' a ' b",
  digits: "42 4-2 4.2 a1 1a 007",
  separators: "foo-bar foo_bar foo/bar\u00a0foo\u2014bar\r\nfoo\tbar",
  "letters with marks": "café cafe\u0301 CAFÉ \u0301 naïve",
  "other scripts": "Привет привет 日本語 日本語 Straße STRASSE ΛΌΓΟΣ λόγος हिन्दी",
  "letters outside the basic plane": "𐐀𐐁 𐐨𐐩 𝒳 𠮷野家 ok👍ok",
  "names of object properties": "constructor __proto__ proto toString constructor hasOwnProperty",
  "a long word": `${"ab'".repeat(500)} x`,
};

const SEEDED = [
  { seed: 77_041, words: 1, vocabulary: 1 },
  { seed: 52_718, words: 1_000, vocabulary: 30 },
  { seed: 90_366, words: 20_000, vocabulary: 5_000 },
  { seed: 13_845, words: 200_000, vocabulary: 400 },
];

function countByCharacter(text) {
  const counts = new Map();
  let run = "";
  for (const character of `${text.normalize("NFC").toLowerCase()} `) {
    if (/[\p{L}\p{M}\p{N}'’]/u.test(character)) {
      run += character === "’" ? "'" : character;
      continue;
    }
    let start = 0;
    let end = run.length;
    while (run[start] === "'") start++;
    while (end > start && run[end - 1] === "'") end--;
    const word = run.slice(start, end);
    if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
    run = "";
  }
  const words = [...counts.keys()].sort();
  return words.map((word) => [word, counts.get(word)]).sort(([, a], [, b]) => b - a);
}

const written = Object.entries(TEXTS).map(([name, text]) => ({
  name,
  text,
  counts: countByCharacter(text),
}));
const seeded = SEEDED.map(({ seed, words, vocabulary }) => {
  const counts = countByCharacter(seededText(seed, words, vocabulary));
  const sha256 = createHash("sha256").update(JSON.stringify(counts)).digest("hex");
  return { name: `${words} words of seed ${seed}`, seed, words, vocabulary, sha256 };
});
const lines = [...written, ...seeded].map((testCase) => JSON.stringify(testCase));
writeFileSync("oracle/expected.jsonl", `${lines.join("\n")}\n`);
