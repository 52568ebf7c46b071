import { describe, expect, it } from "vitest";
import { givenChange } from "../../src/agent/given-change.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { NO_USAGE } from "../../src/core/tree/node.ts";
import { comparisonOf, experimentNode, METRICS } from "./experiment-node.ts";
import { MemorySession } from "./memory-session.ts";

const signal = new AbortController().signal;

function given() {
  return givenChange({
    description: "tile the loop",
    changes: [
      { kind: "write", path: "a.c", content: Buffer.from("tiled") },
      { kind: "delete", path: "b.c" },
    ],
  });
}

describe("a given change", () => {
  it("leaves the files as given", async () => {
    const conversation = given();
    const session = new MemorySession({ "a.c": "naive", "b.c": "x", "c.c": "kept" });
    expect(await conversation.edit(session, signal)).toEqual({
      kind: "proposed",
      description: "tile the loop",
      hypothesis: "",
      usage: NO_USAGE,
    });
    expect(session.texts).toEqual({ "a.c": "tiled", "c.c": "kept" });
  });

  it("is abandoned where a file may not be written, and never repaired", async () => {
    const conversation = given();
    const session = new MemorySession({ "a.c": "naive" }, () => "Read-only file system");
    expect(await conversation.edit(session, signal)).toEqual({
      kind: "abandoned",
      reason: "a.c: Read-only file system",
      usage: NO_USAGE,
    });
    expect(conversation.repairs).toBe(0);
    const failure = { step: "build", reason: "exit 2", log: "" } as const;
    expect(await conversation.repair(failure, session, signal)).toEqual({
      kind: "abandoned",
      reason: "a given change is not repaired: it is measured as it is",
      usage: NO_USAGE,
    });
  });

  it("says what was measured", async () => {
    const conversation = given();
    const comparison = comparisonOf(parseId("1.2"), 0.25);
    const node = experimentNode("1.2.1", { verdict: "confirmed", comparison });
    expect(await conversation.analyse(node, METRICS, signal)).toEqual({
      text: "confirmed: time_ms 100 → 80, -20.0 % (interval -20.6 % to -19.4 %).",
      usage: NO_USAGE,
    });
  });
});
