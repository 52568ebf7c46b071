import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { givenChange } from "../../../src/agent/given-change.ts";
import { IDLE } from "../../../src/agent/idle.ts";
import { partText } from "../../../src/core/merging/change-part.ts";
import { nextChildId } from "../../../src/core/tree/id.ts";
import { runBaseline } from "../../../src/loop/baseline.ts";
import { distill } from "../../../src/loop/distill.ts";
import { runExperiment } from "../../../src/loop/experiment.ts";
import { reserveNode } from "../../../src/loop/node/record.ts";
import { openTestProject } from "../project.ts";

interface Example {
  readonly name: string;
  /** The file that is changed. */
  readonly path: string;
  readonly others: readonly string[];
  /** Lines of loopty.yaml. */
  readonly yaml: string;
  /** What makes it faster: old and new text. */
  readonly useful: readonly Edit[];
  /** A name, a function nobody calls, and an order or a test in other words. */
  readonly planted: readonly Edit[];
  /** What of the change has to stay. */
  readonly kept: readonly string[];
  readonly gone: number;
}

type Edit = readonly [old: string, now: string];

const MATMUL: Example = {
  name: "matmul",
  path: "src/matmul.c",
  others: [
    "Makefile",
    "src/bench.c",
    "src/matmul.h",
    "src/random.h",
    "src/verify.c",
    "oracle/expected.txt",
  ],
  yaml: "commands: { build: make, verify: make test, benchmark: ./bench }",
  useful: [
    ["#define UNROLL 1     /*", "#define UNROLL 4     /*"],
    ["#define LOOP_ORDER 0 /*", "#define LOOP_ORDER 1 /*"],
  ],
  planted: [
    ["uint32_t *to = c + (size_t)i * n + j0;", "uint32_t *target = c + (size_t)i * n + j0;"],
    ["b + (size_t)k * n + j0, to);\n    for", "b + (size_t)k * n + j0, target);\n    for"],
    [
      "add_rows(1, j1 - j0, n, row + k, b + (size_t)k * n + j0, to);",
      "add_rows(1, j1 - j0, n, row + k, b + (size_t)k * n + j0, target);",
    ],
    ["#include <stddef.h>\n#include <string.h>\n", "#include <string.h>\n#include <stddef.h>\n"],
    [
      "/* to[j] += row * (the",
      "static inline int least(int x, int y) { return x < y ? x : y; }\n\n/* to[j] += row * (the",
    ],
  ],
  kept: ["src/matmul.c, lines 7 to 8"],
  gone: 5,
};

/** It copies a number into memory of its own for strtod(), most of which a quotient of two doubles gives. */
const JSON_PARSE: Example = {
  name: "json-parse",
  path: "src/json.c",
  others: [
    "Makefile",
    "src/bench.c",
    "src/json.h",
    "src/random.h",
    "src/verify.c",
    "oracle/expected.txt",
  ],
  yaml: "commands: { build: make, verify: make test, benchmark: ./bench }",
  useful: [
    [
      "  buffer copy = {0};\n",
      `  static const double tens[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  uint64_t digits = 0;
  int behind = -1;
  const char *each = *start == '-' ? start + 1 : start;
  if (in->at - each <= 19) {
    for (; each < in->at && (is_digit(*each) || *each == '.'); each++) {
      if (behind >= 0 || *each == '.') behind++;
      if (*each != '.') digits = 10 * digits + (uint64_t)(*each - '0');
    }
    if (each == in->at && digits <= (uint64_t)1 << 53) {
      *number = (double)digits / tens[behind < 0 ? 0 : behind];
      if (*start == '-') *number = -*number;
      return 1;
    }
  }
  buffer copy = {0};
`,
    ],
  ],
  planted: [
    [
      "static int parse_hex4(",
      "static inline int is_sign(int byte) { return byte == '-'; }\n\nstatic int parse_hex4(",
    ],
    [
      `    int byte = peek(in);
    if (is_digit(byte)) *unit = *unit * 16 + byte - '0';
    else if (byte >= 'a' && byte <= 'f') *unit = *unit * 16 + byte - 'a' + 10;
    else if (byte >= 'A' && byte <= 'F') *unit = *unit * 16 + byte - 'A' + 10;
`,
      `    int digit = peek(in);
    if (is_digit(digit)) *unit = *unit * 16 + digit - '0';
    else if (digit >= 'a' && digit <= 'f') *unit = *unit * 16 + digit - 'a' + 10;
    else if (digit >= 'A' && digit <= 'F') *unit = *unit * 16 + digit - 'A' + 10;
`,
    ],
    [
      "if (unit >= 0xdc00 && unit <= 0xdfff) return 0;",
      "if (unit / 0x400 * 0x400 == 0xdc00) return 0;",
    ],
  ],
  kept: ["src/json.c, before line 77"],
  gone: 3,
};

const WORDFREQ: Example = {
  name: "wordfreq",
  path: "src/wordfreq.mjs",
  others: ["bench.mjs", "text.mjs", "verify.mjs", "oracle/expected.jsonl"],
  yaml: "commands: { verify: node verify.mjs, benchmark: node bench.mjs }",
  useful: [
    [
      `  const counts = [];
  for (const word of wordsOf(text)) {
    const entry = counts.find(([known]) => known === word);
    if (entry === undefined) counts.push([word, 1]);
    else entry[1]++;
  }
  return counts.sort(byCountThenWord);
`,
      `  const counts = new Map();
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(byCountThenWord);
`,
    ],
  ],
  planted: [
    [
      "/**\n * Counts the words",
      "function longer(a, b) {\n  return a.length > b.length ? a : b;\n}\n\n/**\n * Counts the words",
    ],
    [
      `function byCountThenWord([wordA, countA], [wordB, countB]) {
  return countB - countA || (wordA < wordB ? -1 : 1);
`,
      `function byCountThenWord([first, times], [second, timesOfSecond]) {
  return timesOfSecond - times || (first < second ? -1 : 1);
`,
    ],
    ['.filter((word) => word !== "")', '.filter((word) => "" !== word)'],
  ],
  kept: ["src/wordfreq.mjs, lines 7 to 13"],
  gone: 3,
};

/** Of matmul, as docs/benchmarks.md says: each variant builds what was measured before. */
const VARIANTS = 4;

async function filesOf({ name, path, others }: Example): Promise<Record<string, string>> {
  const example = new URL(`../../../examples/${name}/`, import.meta.url);
  const read = (file: string) => readFile(fileURLToPath(new URL(file, example)), "utf8");
  return Object.fromEntries(
    await Promise.all([path, ...others].map(async (file) => [file, await read(file)] as const)),
  );
}

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, [old, now]) => {
    expect(before.split(old)).toHaveLength(2);
    return before.replace(old, now);
  }, text);
}

/** A change that makes an example faster, with three of no use, and what is left of it. */
async function distilled(example: Example) {
  const { path, yaml, useful, planted } = example;
  const files = await filesOf(example);
  const before = files[path] ?? "";
  const project = await openTestProject({
    ...files,
    "loopty.yaml": `name: distill-${crypto.randomUUID().slice(0, 8)}
statement: none
access: { writable: [${path}], hidden: [oracle/] }
${yaml}
metrics: { select: [cpu_ms] }
agent: { kind: replay, from: edits.yaml }
git: { branches: none }
`,
    "edits.yaml": "version: 1\nedits: []\n",
  });
  onTestFinished(() => project[Symbol.asyncDispose]());
  return project.withRun(IDLE, "new", async (run, signal) => {
    const root = await runBaseline(run, signal, async () => {});
    const id = nextChildId(root.id, run.records.store.nodes);
    const content = Buffer.from(edited(before, [...useful, ...planted]));
    const conversation = givenChange({
      description: "faster",
      changes: [{ kind: "write", path, content }],
    });
    const node = await runExperiment(
      run,
      await reserveNode(run, id, root.id),
      root,
      conversation,
      signal,
    );
    expect(node.verdict).toBe("improved");
    const measured = () => project.events.filter(({ type }) => type === "pair_finished").length;
    const pairs = measured();
    const distillation = await distill(run, node, 24, signal);
    const [file] = await run.records.code.readFiles(distillation.node.commit ?? "");
    return {
      ...distillation,
      pairs: measured() - pairs,
      variants: run.records.store.nodes.length - 2,
      text: file?.content.toString(),
      usefulAlone: edited(before, useful),
    };
  });
}

it.each([JSON_PARSE, WORDFREQ])(
  "leaves of a change of $name what makes it faster",
  async (example) => {
    const { kept, gone, isSmallest, node, text, usefulAlone } = await distilled(example);
    expect(kept.map(({ part }) => partText(part))).toEqual(example.kept);
    expect(gone).toHaveLength(example.gone);
    expect(isSmallest).toBe(true);
    expect(node.distilledFrom).toBe("1.1");
    expect(text).toBe(usefulAlone);
    for (const { share } of kept) expect(share?.gainLow).toBeGreaterThan(0);
  },
);

it("sees by their builds which parts of a kernel's change do nothing, and the share of the other is all of the gain", async () => {
  const { kept, gone, isSmallest, together, node, pairs, variants, text, usefulAlone } =
    await distilled(MATMUL);
  expect(kept.map(({ part }) => partText(part))).toEqual(MATMUL.kept);
  expect(gone).toHaveLength(MATMUL.gone);
  expect(isSmallest).toBe(true);
  expect([variants, pairs]).toEqual([VARIANTS, 0]);
  expect(together).toMatchObject({ comesTo: "as much" });
  expect(node).toMatchObject({ distilledFrom: "1.1", duplicateOf: "1.1" });
  expect(text).toBe(usefulAlone);
});
