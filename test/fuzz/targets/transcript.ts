import assert from "node:assert/strict";
import {
  journalEntrySchema,
  usageOfJournal,
} from "../../../src/agent/conversation/recording/journal.ts";
import { entriesIn } from "../../../src/agent/conversation/recording/recording.ts";
import { PRICES } from "../../../src/core/budget/price-table.ts";
import { usageSchema } from "../../../src/core/tree/node.ts";
import { turnsOf } from "../../../src/dashboard/transcript-view.ts";
import { type FuzzTarget, textsOf } from "../target.ts";
import { ENTRIES } from "./journal.ts";

/** A node's transcript.jsonl: what it cost, and what the page shows. */
export const transcript: FuzzTarget = {
  name: "transcript",
  samples: textsOf(ENTRIES.map((entry) => `${JSON.stringify(entry)}\n`).join("")),
  structure: "json-lines",
  words: [
    "\n",
    '"type":"opened"',
    "{",
    "}",
    '"tokens":"unknown"',
    '"number":1',
    "null",
    '"content":[]',
  ],
  inputs: 875,
  check(input) {
    const text = input.toString("utf8");
    const { entries } = entriesIn(text);
    for (const entry of entries) assert.deepEqual(journalEntrySchema.parse(entry), entry);
    for (const price of [null, PRICES["claude-opus-5-5"] ?? null]) {
      usageSchema.parse(usageOfJournal(entries, price));
    }
    for (const { title, blocks } of turnsOf(text)) {
      assert.equal(typeof title, "string");
      for (const block of blocks) assert.ok(block.text.text.length <= 64 * 1024);
    }
  },
};
