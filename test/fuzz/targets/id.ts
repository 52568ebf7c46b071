import assert from "node:assert/strict";
import {
  compareIds,
  depthOf,
  lineageOf,
  nodeIdSchema,
  parentId,
  parseId,
  runOf,
} from "../../../src/core/tree/id.ts";
import { formatOwner, parseOwner } from "../../../src/store/files/owner.ts";
import { refused } from "../refusal.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

/** What a person types for a node, and what a lock or a label names as its owner. */
export const id: FuzzTarget = {
  name: "id",
  samples: textsOf("1", "1.3.2", "999999999.1", " 12.34 ", `1${".1".repeat(59)}`, "77:boot-1:123"),
  structure: "bytes",
  words: [".", "1", "0", "999999999", "..", ":", "-", "１", "1.1.1.1.1", "loopty-1"],
  inputs: 7500,
  check(input) {
    const text = input.toString("utf8");
    const owner = parseOwner(text);
    if (owner !== null && owner.pid <= Number.MAX_SAFE_INTEGER)
      assert.equal(formatOwner(owner), text);
    const parsed = refused(() => parseId(text));
    if (parsed === null) return;
    assert.equal(nodeIdSchema.parse(parsed), text.trim());
    const lineage = lineageOf(parsed);
    assert.equal(lineage.length, depthOf(parsed) + 1);
    assert.equal(lineage.at(-2) ?? null, parentId(parsed));
    assert.equal(lineage[0], String(runOf(parsed)));
    assert.deepEqual(lineage.toReversed().sort(compareIds), lineage);
  },
};
