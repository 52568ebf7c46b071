import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/core/error.ts";
import { parseId } from "../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { verdictSchema } from "../../src/core/tree/verdict.ts";
import { IndexFile } from "../../src/store/index-file.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { scratchFolder } from "./scratch.ts";

async function newIndex(): Promise<{ path: string; index: IndexFile }> {
  const path = join(scratchFolder(), "tree.json");
  await IndexFile.create(path);
  return { path, index: await IndexFile.open(path) };
}

async function refusalOf(path: string): Promise<UserError> {
  const error = await IndexFile.open(path).catch((error: unknown) => error);
  if (!(error instanceof UserError)) throw new Error("was not refused", { cause: error });
  return error;
}

const nodes: fc.Arbitrary<ExperimentNode[]> = fc
  .uniqueArray(
    fc.record({
      number: fc.integer({ min: 1, max: 999 }),
      description: fc.string({ unit: "binary" }),
      analysis: fc.string(),
      verdict: fc.option(fc.constantFrom(...verdictSchema.options)),
      metrics: fc.dictionary(
        fc.string().filter((name) => name !== "__proto__"),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        { noNullPrototype: true },
      ),
      dropped: fc.array(fc.string(), { maxLength: 20 }),
    }),
    { selector: ({ number }) => number, maxLength: 12 },
  )
  .map((list) => [
    experimentNode("1"),
    ...list.map(({ number, ...fields }, i) =>
      experimentNode(`1.${number}`, { ...fields, ordinal: i + 1 }),
    ),
  ]);

describe("the index", () => {
  it("gives every node back as it was saved", async () => {
    await fc.assert(
      fc.asyncProperty(nodes, async (list) => {
        const { path, index } = await newIndex();
        await Promise.all(list.map((node) => index.add(node)));
        expect((await IndexFile.open(path)).nodes).toEqual(list);
      }),
      { numRuns: 25 },
    );
  });

  it("replaces a node in its place, and leaves lists that it handed out as they were", async () => {
    const { path, index } = await newIndex();
    for (const [ordinal, id] of ["1", "1.1", "1.2"].entries()) {
      await index.add(experimentNode(id, { ordinal }));
    }
    const before = index.nodes;
    const saved = experimentNode("1.1", { ordinal: 1, verdict: "improved" });
    await index.replace(saved);
    expect(before[1]?.verdict).toBeNull();
    expect(index.node(saved.id)).toEqual(saved);
    const again = await IndexFile.open(path);
    expect(again.nodes.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["1", null],
      ["1.1", "improved"],
      ["1.2", null],
    ]);
    expect(again.node(parseId("1.3"))).toBeNull();
  });

  it("replaces several nodes at once, or none where one is wrong", async () => {
    const { path, index } = await newIndex();
    for (const [ordinal, id] of ["1", "1.1"].entries()) {
      await index.add(experimentNode(id, { ordinal }));
    }
    const both = ["1", "1.1"].map((id, ordinal) => experimentNode(id, { ordinal, reason: "both" }));
    const unknown = experimentNode("1.2", { ordinal: 2 });
    await expect(index.replace(...both, unknown)).rejects.toThrow("was never reserved");
    expect(index.nodes.map(({ reason }) => reason)).toEqual(["", ""]);
    await index.replace(...both);
    expect((await IndexFile.open(path)).nodes.map(({ reason }) => reason)).toEqual([
      "both",
      "both",
    ]);
    const backup = await IndexFile.open(`${path}.bak`);
    expect(backup.nodes.map(({ reason }) => reason)).toEqual(["", ""]);
  });

  it("loses none of many saves at once", async () => {
    const { path, index } = await newIndex();
    const ids = ["1", ...Array.from({ length: 60 }, (_, i) => `1.${i + 1}`)];
    await Promise.all(ids.map((id, ordinal) => index.add(experimentNode(id, { ordinal }))));
    await Promise.all(
      ids.map((id, ordinal) => index.replace(experimentNode(id, { ordinal, reason: id }))),
    );
    expect((await IndexFile.open(path)).nodes.map(({ reason }) => reason)).toEqual(ids);
  });

  it("refuses bugs: an id twice, an id never reserved, a value that would not load", async () => {
    const { path, index } = await newIndex();
    await index.add(experimentNode("1"));
    const text = readFileSync(path, "utf8");
    await expect(index.add(experimentNode("1"))).rejects.toThrow("is there already");
    await expect(index.replace(experimentNode("1.1"))).rejects.toThrow("was never reserved");
    const metrics = { time_ms: Number.NaN };
    await expect(index.replace(experimentNode("1", { metrics }))).rejects.toThrow("NaN");
    await expect(index.add(experimentNode("1.1", { metrics }))).rejects.toThrow("NaN");
    expect(readFileSync(path, "utf8")).toBe(text);
    await index.add(experimentNode("1.1", { ordinal: 1 }));
  });

  it("reads a node from before its runtime was recorded", async () => {
    const { path, index } = await newIndex();
    await index.add(experimentNode("1", { runtime: "runc" }));
    writeFileSync(path, readFileSync(path, "utf8").replace(/"runtime": ?"runc",/, ""));
    expect((await IndexFile.open(path)).nodes[0]?.runtime).toBeNull();
  });

  it("ignores what a killed save left behind", async () => {
    const { path, index } = await newIndex();
    await index.add(experimentNode("1"));
    writeFileSync(join(path, "..", ".tree.json.77-3.torn"), '{"formatVersion":1,"nodes":[{"id":');
    const again = await IndexFile.open(path);
    await again.add(experimentNode("1.1", { ordinal: 1 }));
    expect((await IndexFile.open(path)).nodes).toHaveLength(2);
  });
});

describe("an index that cannot be read", () => {
  it("is refused at every length it could be cut to, and stays as it is", async () => {
    const { path, index } = await newIndex();
    await index.add(experimentNode("1"));
    const text = readFileSync(path, "utf8");
    for (let length = 0; length < text.trimEnd().length; length += 7) {
      writeFileSync(path, text.slice(0, length));
      expect((await refusalOf(path)).message).toContain("tree.json is not whole JSON");
      expect(readFileSync(path, "utf8")).toBe(text.slice(0, length));
    }
  });

  it("names its backup, which is the index before the last save and takes its place", async () => {
    const { path, index } = await newIndex();
    await index.add(experimentNode("1"));
    await index.add(experimentNode("1.1", { ordinal: 1 }));
    writeFileSync(path, "{");
    const { hint } = await refusalOf(path);
    expect(hint).toMatch(/tree\.json\.bak is whole, with 1 nodes of 20.*: copy it over tree\.json/);
    copyFileSync(`${path}.bak`, path);
    expect((await IndexFile.open(path)).nodes.map(({ id }) => id)).toEqual(["1"]);
  });

  it("says so when there is no whole backup", async () => {
    const { path, index } = await newIndex();
    await index.add(experimentNode("1"));
    writeFileSync(path, "{");
    writeFileSync(`${path}.bak`, "{");
    expect((await refusalOf(path)).hint).toContain("there is no whole backup");
    rmSync(path);
    expect((await refusalOf(path)).message).toContain("tree.json is missing");
  });

  it("may hold nodes that make no tree", async () => {
    const { path, index } = await newIndex();
    for (const [ordinal, id] of ["1", "1.1", "1.1.1"].entries()) {
      await index.add(experimentNode(id, { ordinal }));
    }
    const text = readFileSync(path, "utf8");
    const refusals: [string, string][] = [
      [
        text.replace('"parent":"1.1"', '"parent":"1.1.1"'),
        "1.1.1 names another parent than its own",
      ],
      [text.replace('"parent":"1"', '"parent":null'), "1.1 names another parent than its own"],
      [text.replace('"id":"1.1","parent":"1"', '"id":"2","parent":null'), "2 is of another run"],
      [text.replace(/\{"id":"1\.1",.*\n/, ""), "1.1.1 stands before its parent"],
      [text.replace('"commit":null', '"commit":"--output=x"'), "is not the id of a git object"],
    ];
    for (const [content, message] of refusals) {
      writeFileSync(path, content);
      expect((await refusalOf(path)).message).toContain(message);
    }
  });

  it("may be a newer loopty's, an id twice, an unknown field", async () => {
    const { path, index } = await newIndex();
    await index.add(experimentNode("1"));
    const text = readFileSync(path, "utf8");
    const line = text.split("\n")[1];
    const refusals: [string, string][] = [
      [text.replace('"formatVersion":1', '"formatVersion":2'), "a newer loopty (format 2)"],
      [text.replace('"formatVersion":1', '"formatVersion":0'), "is not valid: formatVersion"],
      [text.replace(`${line}`, `${line},${line}`), "nodes.1.id: 1 twice"],
      [text.replace('"reason"', '"why":"","reason"'), 'Unrecognized key: "why"'],
    ];
    for (const [content, message] of refusals) {
      writeFileSync(path, content);
      expect((await refusalOf(path)).message).toContain(message);
      expect(readFileSync(path, "utf8")).toBe(content);
    }
    expect(readdirSync(join(path, "..")).sort()).toEqual(["tree.json", "tree.json.bak"]);
  });
});
