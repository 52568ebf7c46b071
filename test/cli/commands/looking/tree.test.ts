import { describe, expect, it } from "vitest";
import { tree } from "../../../../src/cli/commands/looking/tree.ts";
import { pin } from "../../../../src/cli/commands/running/pin-and-freeze.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import { comparisonOf } from "../../../agent/experiment-node.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { FakeSink, type FakeWorld, fakeWorld } from "../../fake-world.ts";
import { type StoredNodeSpec, storeRun } from "../../stored-run.ts";

function gained(id: string, time: number, logGain: number): StoredNodeSpec {
  return {
    id,
    fields: {
      ...{ description: `idea ${id}`, verdict: "improved", metrics: { time_ms: time } },
      ...{ comparison: comparisonOf(parseId("1"), 0.1), logGainFromRoot: { time_ms: logGain } },
    },
    files: { "src/a.c": `int a${time};\n` },
  };
}

const NODES: readonly StoredNodeSpec[] = [
  {
    id: "1",
    fields: { description: "baseline", metrics: { time_ms: 100 } },
    files: { "src/a.c": "int a;\n" },
  },
  gained("1.1", 90, 0.1),
  gained("1.2", 80, 0.2),
  gained("1.1.1", 70, 0.3),
  ...["1.3", "1.4"].map((id): StoredNodeSpec => ({ id, fields: { verdict: "duplicate" } })),
  { id: "1.5", fields: { verdict: "build_failed" } },
];

async function project(fields: Partial<FakeWorld> = {}): Promise<FakeWorld> {
  const world = fakeWorld(scratchFolder(), fields);
  await storeRun(world, NODES);
  return world;
}

/** Champion's mark, branches, id and verdict of every line. */
function heads({ stdout }: FakeWorld): string[] {
  return stdout.text.split("\n").map((line) => line.split(/ {2,}[+t]|(?<=\d) {2,}/)[0] ?? "");
}

describe("tree", () => {
  it("folds what failed, and shows it all when asked", async () => {
    const world = await project();
    await tree(world, {});
    expect(heads(world)).toEqual([
      ...["  1", "  ├─ 1.1", "* │  └─ 1.1.1", "  ├─ 1.2"],
      ...["  └─ 3 failed: 1 build_failed, 2 duplicate", ""],
    ]);
    const all = fakeWorld(world.cwd);
    await tree(all, { all: true });
    expect(heads(all)).toHaveLength(8);
    expect(all.stdout.text).toContain("  └─ 1.5       build_failed");
  });

  it("lists the ideas that nobody took", async () => {
    const world = fakeWorld(scratchFolder());
    const lesson = { text: "", ideas: ["tile", "unroll\u001b"], took: null };
    const taker = { ...lesson, ideas: [], took: { from: parseId("1.1"), number: 1 } };
    await storeRun(world, [
      { id: "1", fields: {} },
      { id: "1.1", fields: { lesson } },
      { id: "1.1.1", fields: { lesson: taker } },
    ]);
    await tree(world, { ideas: true });
    expect(world.stdout.text).toBe("1.1#2  unroll\\x1b\n");
  });

  it("has the idea that comes next first, and pins none that was taken or is not there", async () => {
    const world = fakeWorld(scratchFolder());
    const lesson = { text: "", ideas: ["tile", "unroll"], took: null };
    const taker = { text: "", ideas: ["pad"], took: { from: parseId("1.1"), number: 1 } };
    await storeRun(world, [
      { id: "1", fields: {} },
      { id: "1.1", fields: { lesson, verdict: "improved" } },
      { id: "1.1.1", fields: { lesson: taker, verdict: "build_failed" } },
    ]);
    expect(await pin(world, { id: "1.1#2" })).toBe(0);
    await expect(pin(world, { id: "1.1#1" })).rejects.toThrow("1.1#1 was taken by 1.1.1");
    await expect(pin(world, { id: "1.1#3" })).rejects.toThrow("1.1 has no idea 3");
    await expect(pin(world, { id: "1.1.1#1" })).rejects.toThrow("1.1.1 can have no children");
    const listed = fakeWorld(world.cwd);
    await tree(listed, { ideas: true });
    expect(listed.stdout.text).toBe("1.1#2    [pinned] unroll\n1.1.1#1  pad\n");
    await pin(world, { id: "1.1#2", remove: true });
    const after = fakeWorld(world.cwd);
    await tree(after, { ideas: true });
    expect(after.stdout.text).toBe("1.1.1#1  pad\n1.1#2    unroll\n");
  });

  it("draws the lineages of the best alone, and says so", async () => {
    const world = await project();
    await tree(world, { best: true });
    expect(heads(world)).toEqual(["  1", "  └─ 1.1", "*    └─ 1.1.1", ""]);
    expect(world.stderr.text).toBe("1 of 7 nodes, with their lineages\n");
    const two = fakeWorld(world.cwd);
    await tree(two, { best: 2 });
    expect(heads(two)).toEqual(["  1", "  ├─ 1.1", "* │  └─ 1.1.1", "  └─ 1.2", ""]);
  });

  it("draws so many levels", async () => {
    const world = await project();
    await tree(world, { depth: 1 });
    expect(heads(world)).toEqual([
      ...["  1", "  ├─ 1.1", "  │  └─ 1 more below", "  ├─ 1.2"],
      ...["  └─ 3 failed: 1 build_failed, 2 duplicate", ""],
    ]);
  });

  it("draws nodes by their verdicts, and refuses what is none", async () => {
    const world = await project();
    await tree(world, { verdict: "duplicate, build_failed" });
    expect(heads(world)).toEqual([...["  1", "  ├─ 1.3", "  ├─ 1.4", "  └─ 1.5", ""]]);
    expect(world.stderr.text).toBe("3 of 7 nodes, with their lineages\n");
    const wrong = tree(world, { verdict: "duplicat" });
    await expect(wrong).rejects.toMatchObject({
      message: 'there is no verdict "duplicat"',
      hint: 'did you mean "duplicate"?',
    });
  });

  it("gives the whole tree in JSON, whatever is drawn", async () => {
    const world = await project();
    await tree(world, { json: true, best: 1, depth: 0 });
    expect(world.stdout.json).toMatchObject({
      nodes: NODES.map(({ id }) => ({ id })).toSorted(order),
    });
  });

  it("has colours on a terminal alone, and none where NO_COLOR is set", async () => {
    const stdout = () => new FakeSink({ isTty: true, width: 60 });
    const world = await project({ stdout: stdout() });
    await tree(world, {});
    const plain = fakeWorld(world.cwd, { stdout: stdout(), env: { NO_COLOR: "1" } });
    await tree(plain, {});
    expect(plain.stdout.text).not.toContain("\x1b");
    expect(world.stdout.text).toContain("\x1b[1m1.1.1\x1b[22m");
    expect(world.stdout.text).toContain("\x1b[32mimproved");
    const hostile = fakeWorld(scratchFolder(), { stdout: stdout() });
    await storeRun(hostile, [
      { id: "1", fields: { verdict: "empty", description: "\x1b[2J\u202e" } },
    ]);
    await tree(hostile, {});
    expect(hostile.stdout.text).toBe("  1  \x1b[90mempty\x1b[39m  \\x1b[2J\\u202e\n");
  });
});

function order(a: { readonly id: string }, b: { readonly id: string }): number {
  return NODES.findIndex(({ id }) => id === a.id) - NODES.findIndex(({ id }) => id === b.id);
}
