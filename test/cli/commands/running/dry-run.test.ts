import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { context } from "../../../../src/cli/commands/looking/context.ts";
import { dryRun } from "../../../../src/cli/commands/running/dry-run.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import { addFiles } from "../../../config/folder-tree.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { fakeWorld } from "../../fake-world.ts";
import { storeRun } from "../../stored-run.ts";

const ACCESS = { writable: ["src/"], readable: [], hidden: [], default: "readable" };

/** A workspace with short files, and node 1.1, whose files are longer; now only one of them may be changed. */
async function worldOfTwoRuns() {
  const world = fakeWorld(scratchFolder());
  await addFiles(world.cwd, {
    "loopty.yaml": `name: small
statement: Make it faster.
workspace: { exclude: [loopty.yaml] }
access: { writable: [src/a.c] }
commands: { benchmark: ./bench }
`,
    "src/a.c": "a",
    "src/b.c": "b",
  });
  const files = { "src/a.c": "aaaa", "src/b.c": "bbbbb" };
  await storeRun(world, [{ id: "1" }, { id: "1.1", files }], {}, { config: { access: ACCESS } });
  return world;
}

const WARNING =
  "1.1 changed files that loopty.yaml does not let the agent change any more; they are as in 1.1, and protected: src/b.c";

describe("run --dry-run", () => {
  it("shows the first prompt for the workspace as it stands", async () => {
    const world = await worldOfTwoRuns();
    expect(await dryRun(world, {})).toBe(0);
    expect(world.stdout.text).toContain("rw src/a.c, 1 byte\nro src/b.c, 1 byte\n");
    expect(world.stdout.text).toContain("Experiment 2.1, on top of 2");
    expect(world.stderr.text).toBe("");
  });

  it("shows it for a run that starts from a node, with what such a run would warn of", async () => {
    const world = await worldOfTwoRuns();
    await dryRun(world, { from: "1.1" });
    expect(world.stdout.text).toContain("rw src/a.c, 4 bytes\nro src/b.c, 5 bytes\n");
    expect(world.stderr.text).toBe(`warning: ${WARNING}\n`);
    await expect(dryRun(world, { from: "1.7" })).rejects.toThrow("there is no node 1.7");
    await expect(dryRun(world, { from: "x" })).rejects.toThrow('"x" is not a node id');
  });
});

describe("what a dry run says of money", () => {
  async function lastLines(agent: string) {
    const world = await worldOfTwoRuns();
    const yaml = await readFile(join(world.cwd, "loopty.yaml"), "utf8");
    const price = "{ input: 1, cache_write: 1, cache_read: 1, output: 1 }";
    const added = `agent: { ${agent}, prices: { cheap: ${price} } }\nbudget: { experiments: 3 }\n`;
    await addFiles(world.cwd, { "loopty.yaml": yaml + added });
    await dryRun(world, {});
    return world.stdout.text.trimEnd().split("\n").slice(-2);
  }

  it("is what an experiment is likely to cost, and the budget's whole", async () => {
    const [one, all] = await lastLines("kind: claude, model: cheap");
    const node =
      /^an experiment of 12 turns: about ([\d,]+) tokens, \$0\.(\d\d); nothing was spent$/.exec(
        one ?? "",
      );
    const tokens = Number(node?.[1]?.replaceAll(",", ""));
    expect(all).toMatch(
      new RegExp(
        `^the budget lasts for about 3 experiments of that kind: ${(3 * tokens).toLocaleString("en-US")} tokens, \\$0\\.\\d\\d$`,
      ),
    );
  });

  it("is that the price is not known, where it is not", async () => {
    const [one] = await lastLines("kind: claude, model: unheard-of");
    expect(one).toMatch(/tokens, price unknown; nothing was spent$/);
  });
});

describe("context", () => {
  it("tells the files of the node that the run started from", async () => {
    const world = await worldOfTwoRuns();
    await storeRun(
      world,
      [{ id: "2", files: { "src/a.c": "aaaa" } }],
      {},
      { from: parseId("1.1") },
    );
    expect(await context(world, { id: "2" })).toBe(0);
    expect(world.stdout.text).toContain("rw src/a.c, 4 bytes\nro src/b.c, 5 bytes\n");
  });
});
