import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseReplay, placesOf } from "../../../src/agent/replay/file.ts";
import { UserError } from "../../../src/core/error.ts";

function problemOf(text: string): string {
  try {
    parseReplay(text, "demo.yaml");
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "no problem";
}

describe("parseReplay", () => {
  it("reads every part of an edit", () => {
    const text = `
version: 1
edits:
  - parent: "1"
    description: use a Map
    hypothesis: lookups become O(1)
    changes:
      - { path: src/a.mjs, old: "a", new: "" }
      - { path: src/b.mjs, content: "b" }
      - { path: src/c.mjs, delete: true }
    repairs:
      - [{ path: src/a.mjs, content: "" }]
    analysis: it was the lookups
  - { parent: "7.1", description: more, changes: [] }
`;
    expect(parseReplay(text, "demo.yaml")).toEqual([
      {
        parent: "",
        description: "use a Map",
        hypothesis: "lookups become O(1)",
        changes: [
          { kind: "replace", path: "src/a.mjs", old: "a", new: "" },
          { kind: "write", path: "src/b.mjs", content: Buffer.from("b") },
          { kind: "delete", path: "src/c.mjs" },
        ],
        repairs: [[{ kind: "write", path: "src/a.mjs", content: Buffer.from("") }]],
        analysis: "it was the lookups",
      },
      {
        parent: "1",
        description: "more",
        hypothesis: "",
        changes: [],
        repairs: [],
        analysis: null,
      },
    ]);
  });

  it("reads JSON", () => {
    const text = JSON.stringify({
      version: 1,
      edits: [{ parent: "1", description: "d", changes: [{ path: "a", content: "x" }] }],
    });
    expect(parseReplay(text, "demo.json")).toHaveLength(1);
  });

  it("lists every problem with its path", () => {
    const text = `
version: 1
edits:
  - parent: 1.10
    description: ""
    changes:
      - { path: a, old: x }
      - { path: a, content: x, delete: true }
      - { path: "", content: x }
    repair: []
  - { parent: "1.x", description: d, changes: [{ path: a, delete: false }] }
`;
    const shape =
      'needs one of: "old" with "new" (replaces text that occurs once), "content" (the whole file), "delete: true"';
    expect(problemOf(text).split("\n")).toEqual([
      "demo.yaml is not a recording:",
      '  edits.0.parent: must be a node id in quotes, such as "1.10"',
      "  edits.0.description: Too small: expected string to have >=1 characters",
      `  edits.0.changes.0: ${shape}`,
      `  edits.0.changes.1: ${shape}`,
      "  edits.0.changes.2.path: Too small: expected string to have >=1 characters",
      '  edits.0: Unrecognized key: "repair"',
      "  edits.1.parent: is not a node id such as 1 or 1.3.2",
      "  edits.1.changes.0.delete: Invalid input: expected true",
    ]);
  });

  it("refuses an edit on a node that no edit makes", () => {
    const edit = (parent: string) => ({ parent, description: "d", changes: [] });
    const text = JSON.stringify({ version: 1, edits: [edit("1"), edit("1.1"), edit("1.2.1")] });
    expect(problemOf(text)).toBe(
      "demo.yaml is not a recording:\n  edits.2.parent: no edit in this file makes that node (the k-th edit with parent P makes P.k)",
    );
  });

  it.each([
    ["another version", "version: 2\nedits: []", "version: must be 1, the only version there is"],
    [
      "an alias without its anchor",
      "version: *one",
      'line 1, column 10: "*one" is an alias without an anchor; put text that begins with * in quotes; if all of it is one text, write version: "*one"',
    ],
    ["an empty file", "", "Invalid input: expected object, received null"],
    [
      "broken YAML, with its line",
      "version: 1\nedits: [",
      "line 2, column 9: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
  ])("refuses %s", (_, text, problem) => {
    expect(problemOf(text)).toBe(`demo.yaml is not a recording:\n  ${problem}`);
  });

  it("refuses what nests so deep that reading it would end the process", () => {
    for (const part of ["[", "? ", "- ", "{a: "]) {
      expect(problemOf(part.repeat(20_000))).toBe(
        "demo.yaml is not a recording:\n  line 1: nested deeper than 64 levels",
      );
    }
  });

  it("answers any text with edits or a UserError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(problemOf(text)).toBeTypeOf("string");
      }),
    );
  });
});

describe("placesOf", () => {
  it("numbers the edits of each parent in the order of the file", () => {
    const edits = ["", "1", "", "1", "1.2"].map((parent) => ({ parent }));
    expect(placesOf(edits)).toEqual(["1", "1.1", "2", "1.2", "1.2.1"]);
  });
});
