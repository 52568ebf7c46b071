import { expect, it } from "vitest";
import { usageOfWire } from "../../../src/agent/gateway/wire-journal.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { journaledUsage } from "../../../src/loop/agents/tokens.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { openSimulatedRun } from "../simulated-run.ts";

it("counts what a node's transcript tells, and warns of lines that may have told more", async () => {
  const { run, store, events } = await openSimulatedRun();
  const node = { ...experimentNode("1.1"), ordinal: 1 };
  await store.reserve(node);
  const request = { type: "wire_request", number: 1, maxOutputTokens: 9, fixed: null, turns: [] };
  const reserved = { input: 20, output: 9 };
  const line = { v: 1, at: "2026-01-01T00:00:00.000Z", from: 0, ...request, reserved };
  await store.appendNodeLine(parseId("1.1"), "transcript.jsonl", line);
  const paidModel = {
    ...{ name: "m", price: null },
    usageIn: (transcript: Buffer) => usageOfWire(transcript, null),
  };
  const paid = { records: run.records, agent: { ...run.agent, paidModel } };
  expect((await journaledUsage(paid, node)).tokens).toBe(29);
  expect(events).toEqual([]);

  await store.appendNodeLine(parseId("1.1"), "transcript.jsonl", { ...line, number: "damaged" });
  expect((await journaledUsage(paid, node)).tokens).toBe(29);
  expect(events).toMatchObject([
    {
      type: "warning",
      id: "1.1",
      message:
        "1 line of its transcript.jsonl cannot be read, and is left out: the budget may have paid for more than is counted",
    },
  ]);
});
