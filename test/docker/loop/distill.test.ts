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

const EXAMPLE = new URL("../../../examples/matmul/", import.meta.url);
const KERNEL = "src/matmul.c";
const OTHERS = ["Makefile", "src/bench.c", "src/matmul.h", "src/random.h", "src/verify.c"];
const YAML = `name: distill-${crypto.randomUUID().slice(0, 8)}
statement: none
access: { writable: [${KERNEL}], hidden: [oracle/] }
commands: { build: make, verify: make test, benchmark: ./bench }
metrics: { select: [cpu_ms] }
agent: { kind: replay, from: edits.yaml }
git: { branches: none }
`;

/** As docs/benchmarks.md says. */
const VARIANTS = 4;

const read = (path: string) => readFile(fileURLToPath(new URL(path, EXAMPLE)), "utf8");

/** A change that makes it several times faster, and three of no use: a name, an order, a function nobody calls. */
const EDITS = [
  ["#define UNROLL 1     /*", "#define UNROLL 4     /*"],
  ["#define LOOP_ORDER 0 /*", "#define LOOP_ORDER 1 /*"],
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
] as const;

it("leaves of a real kernel's change what makes it faster, and its share is all of the gain", async () => {
  const files = Object.fromEntries(
    await Promise.all(
      [...OTHERS, KERNEL, "oracle/expected.txt"].map(
        async (path) => [path, await read(path)] as const,
      ),
    ),
  );
  const kernel = files[KERNEL] ?? "";
  const changed = EDITS.reduce((text, [old, now]) => {
    expect(text).toContain(old);
    return text.replace(old, now);
  }, kernel);
  const project = await openTestProject({
    ...files,
    "loopty.yaml": YAML,
    "edits.yaml": "version: 1\nedits: []\n",
  });
  onTestFinished(() => project[Symbol.asyncDispose]());
  await project.withRun(IDLE, "new", async (run, signal) => {
    const root = await runBaseline(run, signal, async () => {});
    const id = nextChildId(root.id, run.records.store.nodes);
    const node = await runExperiment(
      run,
      await reserveNode(run, id, root.id),
      root,
      givenChange({
        description: "faster",
        changes: [{ kind: "write", path: KERNEL, content: Buffer.from(changed) }],
      }),
      signal,
    );
    expect(node.verdict).toBe("improved");

    const measured = () => project.events.filter(({ type }) => type === "pair_finished").length;
    const pairs = measured();
    const {
      kept,
      gone,
      isSmallest,
      together,
      node: smallest,
    } = await distill(run, node, 24, signal);
    expect(kept.map(({ part }) => partText(part))).toEqual(["src/matmul.c, lines 7 to 8"]);
    expect(gone).toHaveLength(5);
    expect(isSmallest).toBe(true);
    expect(run.records.store.nodes).toHaveLength(2 + VARIANTS);
    // Every variant builds what was measured before.
    expect(measured()).toBe(pairs);
    expect(together).toMatchObject({ comesTo: "as much" });
    expect(smallest).toMatchObject({ distilledFrom: "1.1", duplicateOf: "1.1" });
    const [file] = await run.records.code.readFiles(smallest.commit ?? "");
    expect(file?.content.toString()).toBe(
      EDITS.slice(0, 2).reduce((text, [old, now]) => text.replace(old, now), kernel),
    );
  });
});
