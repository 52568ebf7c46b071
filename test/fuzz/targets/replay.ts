import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { applyChange } from "../../../src/agent/change.ts";
import { parseReplay, placesOf } from "../../../src/agent/replay/file.ts";
import { MemorySession } from "../../agent/memory-session.ts";
import { refused } from "../refusal.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

/** Recorded edits: `agent: { kind: replay, from: edits.yaml }`. */
export const replay: FuzzTarget = {
  name: "replay",
  samples: [
    ...textsOf(
      'version: 1\nedits:\n  - parent: "1"\n    description: d\n    changes:\n      - { path: a, old: "x", new: y }\n      - { path: b, content: "z\\n" }\n    repairs: [[{ path: c, delete: true }]]\n    analysis: |\n      why\n  - { parent: "1.1", description: e, changes: [] }\n',
      JSON.stringify({
        version: 1,
        edits: [{ parent: "5", description: "d", changes: [{ path: "a", content: "" }] }],
      }),
    ),
    readFileSync(new URL("../../../examples/wordfreq/edits.yaml", import.meta.url)),
  ],
  structure: "bytes",
  words: [
    ...[
      "\n",
      "  ",
      "- ",
      ": ",
      "? ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "!!binary ",
      "|2\n",
      ">-\n",
      "#",
      "<<: ",
    ],
    ...[
      '"1.1"',
      "parent: ",
      "path: ",
      "old: ",
      "new: ",
      "content: ",
      "delete: true",
      "repairs: ",
      "1.10",
    ],
  ],
  inputs: 425,
  async check(input) {
    const edits = refused(() => parseReplay(input.toString("utf8"), "edits.yaml"));
    if (edits === null) return;
    const places = new Set(["", ...placesOf(edits)]);
    for (const { parent, description, changes } of edits) {
      assert.ok(places.has(parent) && description !== "");
      const session = new MemorySession({ a: "x\r\ny\r\n", b: "x" });
      for (const change of changes) {
        const before = await session.readFile(change.path);
        const outcome = await applyChange(session, change);
        const after = await session.readFile(change.path);
        const isSame = before === null ? after === null : after !== null && before.equals(after);
        assert.equal(isSame, outcome.kind === "failed");
      }
    }
  },
};
