import { describe, expect, it } from "vitest";
import { partText } from "../../src/core/merging/change-part.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { distill } from "../../src/loop/distill.ts";
import { optimize } from "../../src/loop/optimize.ts";
import type { Run } from "../../src/loop/run/run.ts";
import { costProgram, type Texts } from "../sandbox/fake/fake-program.ts";
import { type FakeProjectOptions, testProject } from "./fake-project.ts";
import { IdeaAgent } from "./idea-agent.ts";

/** The cost is the product of all files, of which three change nothing. */
async function distilled(
  tries: number,
  yaml = "",
  { b = "4", ...options }: FakeProjectOptions & { readonly b?: string } = {},
) {
  const agent = new IdeaAgent(({ id }) => {
    if (id === "1.1") {
      return { write: { "src/a": "5\n", "src/u": "1\n", "src/v": "1\n" } };
    }
    return id === "1.1.1" ? { write: { "src/b": `${b}\n`, "src/w": "1\n" } } : null;
  });
  const project = await testProject({
    ...options,
    yaml,
    files: { "src/a": "10\n", "src/b": "10\n", "src/cost": "1\n" },
  });
  return project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    const node = run.records.store.node(parseId("1.1.1"));
    if (node === null) throw new Error("no node");
    const first = { ...(await distill(run, node, tries, signal)), nodes: nodesOf(run) };
    const pairs = () => project.events.filter(({ type }) => type === "pair_finished").length;
    const measured = pairs();
    const again = await distill(run, node, tries, signal);
    return { ...first, again, measuredAgain: pairs() - measured };
  });
}

/** One file of a kernel that comes to 1.1, and what a build makes of it. */
async function distilledKernel(
  write: Texts,
  builds: {
    readonly isBroken?: (files: Texts) => boolean;
    readonly outputOf?: (files: Texts) => string;
  },
) {
  const program = costProgram();
  const agent = new IdeaAgent(({ id }) => (id === "1.1" ? { write } : null));
  const project = await testProject({
    files: { "src/k.c": "10\n# sum\nint n;\n# its use\nuse(n);\n" },
    program: {
      ...program,
      build: (files) => ({
        ...program.build(builds.isBroken?.(files) ? { "src/k.c": "no build" } : files),
        ...(builds.outputOf === undefined ? {} : { outputDigest: builds.outputOf(files) }),
      }),
    },
  });
  return project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    const node = run.records.store.node(parseId("1.1"));
    if (node === null) throw new Error("no node");
    return { ...(await distill(run, node, 24, signal)), nodes: nodesOf(run) };
  });
}

function isWithAllElse(files: Texts): boolean {
  return ["src/a", "src/b"].every((path) => files[path] !== "10\n");
}

/** By 3 %. */
function slower(rows: string): string {
  return rows.replace(/^1,(.*)/, (_, cost: string) => `1,${Number(cost) * 1.03}`);
}

function occurrences(files: Texts, word: string): number {
  return (files["src/k.c"] ?? "").split(word).length - 1;
}

function nodesOf({ records }: Run): string[] {
  return records.store.nodes.map(
    ({ id, verdict, description }) => `${id} ${verdict}: ${description}`,
  );
}

describe("distilling a node", () => {
  it("leaves what pays, with each part's share, as a node like any other", async () => {
    const { node, kept, gone, isSmallest, nodes } = await distilled(24);
    expect(gone.map(partText)).toEqual(["src/u", "src/v", "src/w"]);
    expect(isSmallest).toBe(true);
    expect(node).toMatchObject({ distilledFrom: "1.1.1", metrics: { cost: 20 } });
    expect(kept.map(({ part, share }) => [partText(part), share?.against, share?.value])).toEqual([
      ["src/a, line 1", 40, 20],
      ["src/b, line 1", 50, 20],
    ]);
    expect(nodes.slice(3)).toEqual([
      "1.1.1.1 worse: 1.1.1 without src/a, line 1; src/b, line 1; src/u",
      "1.1.1.2 worse: 1.1.1 without src/a, line 1; src/b, line 1",
      "1.1.1.3 worse: 1.1.1 without src/a, line 1",
      "1.1.1.4 worse: 1.1.1 without src/b, line 1",
      "1.1.1.5 tie: 1.1.1 without src/u",
      "1.1.1.6 tie: 1.1.1 without src/v; src/w",
    ]);
  });

  it("leaves out what changes nothing in the program, without a measurement", async () => {
    const { nodes, gone, node } = await distilledKernel(
      { "src/k.c": "5\n# sum\nint n;\n# its use\n// unused\nuse(n);\n" },
      { outputOf: (files) => String(Number.parseInt(files["src/k.c"] ?? "", 10)) },
    );
    expect(gone.map(partText)).toEqual(["src/k.c, before line 5"]);
    expect(nodes.slice(2)).toEqual([
      "1.1.1 duplicate: 1.1 without src/k.c, line 1",
      "1.1.2 duplicate: 1.1 without src/k.c, before line 5",
    ]);
    expect(node).toMatchObject({ id: "1.1.2", duplicateOf: "1.1", distilledFrom: "1.1" });
  });

  it("leaves out together what puts the same new name into the files", async () => {
    const { nodes, gone, isSmallest } = await distilledKernel(
      { "src/k.c": "5\n# sum\nint total;\n# its use\nuse(total);\n" },
      { isBroken: (files) => occurrences(files, "total") === 1 },
    );
    expect(gone.map(partText)).toEqual(["src/k.c, line 3", "src/k.c, line 5"]);
    expect([nodes.at(-1), isSmallest]).toEqual([
      "1.1.5 tie: 1.1 without src/k.c, line 3; src/k.c, line 5",
      true,
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6])("takes no noise for a loss (seed %i)", async (seed) => {
    const program = costProgram({ sigma: 0.02 });
    const { kept, gone } = await distilled(24, "", { program, seed: String(seed) });
    expect(kept.map(({ part }) => part.path)).toEqual(["src/a", "src/b"]);
    expect(gone.map(partText)).toEqual(["src/u", "src/v", "src/w"]);
  });

  it.each([4, 6])("takes noise of a fifth for no loss (seed %i)", async (seed) => {
    const program = costProgram({ sigma: 0.2 });
    const { kept, gone } = await distilled(24, "", { program, seed: String(seed) });
    expect(kept.map(({ part }) => part.path)).toEqual(["src/a", "src/b"]);
    expect(gone.map(partText)).toEqual(["src/u", "src/v", "src/w"]);
  });

  it.each([1, 2, 3])("keeps a tenth under noise of a twentieth (seed %i)", async (seed) => {
    const program = costProgram({ sigma: 0.05 });
    const { kept } = await distilled(24, "", { program, seed: String(seed), b: "8.8" });
    expect(kept.map(({ part }) => part.path)).toEqual(["src/a", "src/b"]);
  });

  it("looks once more where the first two pairs alone made a useless part look needed", async () => {
    const quiet = costProgram({ sigma: 0.003 });
    let disturbed = 0;
    const program: typeof quiet = {
      ...quiet,
      benchmark: (files, random) => {
        // Others have the machine while the one without the useless part runs for the first times.
        const isDisturbed = files["src/w"] === undefined && isWithAllElse(files) && disturbed++ < 3;
        const run = quiet.benchmark(files, random);
        return isDisturbed ? { ...run, rows: run.rows.map(slower) } : run;
      },
    };
    const { kept, gone, again, measuredAgain } = await distilled(24, "", { program });
    expect(disturbed).toBeGreaterThan(3);
    expect(kept.map(({ part }) => part.path)).toEqual(["src/a", "src/b"]);
    expect(gone.map(partText)).toEqual(["src/u", "src/v", "src/w"]);
    expect([again.kept, again.gone]).toEqual([kept, gone]);
    expect(measuredAgain).toBe(0);
  });

  it("does not measure again what an earlier distillation measured", async () => {
    const { again, measuredAgain, ...first } = await distilled(24);
    expect([again.kept, again.gone, again.node]).toEqual([first.kept, first.gone, first.node]);
    expect(measuredAgain).toBe(0);
  });

  it.each([
    ["ratio", [1, 1.5]],
    ["difference", [0.2, 0.3]],
  ] as const)("tells shares on the metric's scale: %s", async (scale, shares) => {
    const { kept } = await distilled(24, `metrics: { scale: { cost: ${scale} } }\n`);
    for (const [index, { share }] of kept.entries()) {
      expect(share?.gain).toBeCloseTo(shares[index] ?? Number.NaN, 12);
    }
    expect(kept).toHaveLength(2);
  });

  it("says where the tries were used up", async () => {
    const { node, gone, isSmallest } = await distilled(2);
    expect([node.id, gone, isSmallest]).toEqual(["1.1.1", [], false]);
  });
});
