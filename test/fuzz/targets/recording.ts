import assert from "node:assert/strict";
import type { JournalEntry } from "../../../src/agent/conversation/recording/journal.ts";
import {
  entriesIn,
  formatRecording,
  parseRecording,
} from "../../../src/agent/conversation/recording/recording.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { refused } from "../refusal.ts";
import { type FuzzTarget, textsOf } from "../target.ts";
import { ENTRIES } from "./journal.ts";

/** A recorded run of Claude: `agent: { kind: replay, from: run.jsonl }`. */
export const recording: FuzzTarget = {
  name: "recording",
  samples: textsOf(
    formatRecording(
      new Map([
        ["1", ENTRIES],
        ["1.2", ENTRIES.slice(0, 2)],
      ]),
      "a test",
    ),
  ),
  structure: "json-lines",
  words: ["\n", '{"recording":1,"about":""}\n', '"place":"1.1"', "{", "}", '"from":99', "null"],
  inputs: 1500,
  check(input) {
    const text = input.toString("utf8");
    const parsed = refused(() => parseRecording(text, "run.jsonl"));
    if (parsed === null) return;
    assert.equal(typeof parsed.models[0], "string");
    for (const place of ["2.1", "2.1.1", "2.1.2", "2.7"]) {
      const node = parsed.nodeAt(parseId(place));
      if (node !== null) assert.equal(typeof node.cassette.isPlayed, "boolean");
    }
    const transcripts = new Map<string, readonly JournalEntry[]>();
    for (const line of text.trimEnd().split("\n").slice(1)) {
      const { place, entry } = JSON.parse(line);
      transcripts.set(place, [
        ...(transcripts.get(place) ?? []),
        ...entriesIn(JSON.stringify(entry)).entries,
      ]);
    }
    const again = parseRecording(formatRecording(transcripts, "again"), "again.jsonl");
    assert.deepEqual(again.models, parsed.models);
  },
};
