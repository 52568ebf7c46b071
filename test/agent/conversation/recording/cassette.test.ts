import { describe, expect, it } from "vitest";
import type { EditOutcome } from "../../../../src/agent/agent.ts";
import type { ModelAgent } from "../../../../src/agent/conversation/model-agent.ts";
import { Cassette } from "../../../../src/agent/conversation/recording/cassette.ts";
import {
  type JournalEntry,
  journalEntrySchema,
} from "../../../../src/agent/conversation/recording/journal.ts";
import { UserError } from "../../../../src/core/error.ts";
import { says, text, thinking, use } from "../../../anthropic/reply.ts";
import type { Script } from "../../../anthropic/server.ts";
import { experimentNode, METRICS } from "../../experiment-node.ts";
import { MemorySession } from "../../memory-session.ts";
import { Lab, NO_SIGNAL, taskFor } from "../lab.ts";

const SCRIPT: Script = ({ turn, tries, last }) => {
  if (last.includes("plain text")) return says(thinking("so"), text("It held."));
  if (turn === 0) return says(thinking("view first"), use("view", { path: "a.c" }));
  if (turn === 1 && tries === 1) return { kind: "error", status: 529, type: "overloaded_error" };
  return turn === 1
    ? says(text("Now."), use("edit", { path: "a.c", old: "1", new: "2" }))
    : says(use("finish", { outcome: "ready", description: "Changed", hypothesis: "Better" }));
};
const NEVER: Script = () => {
  throw new Error("a replay must not ask anybody");
};
const NODE = experimentNode("1.1", { verdict: "tie", reason: "no difference" });

async function record(file = "x = 1\n"): Promise<readonly JournalEntry[]> {
  await using lab = await Lab.open(SCRIPT);
  await play(lab.agent, file);
  // As it comes back from the disk.
  return lab.journal.map((entry) => journalEntrySchema.parse(JSON.parse(JSON.stringify(entry))));
}

async function play(agent: ModelAgent, file: string, id = "1.1") {
  const conversation = await agent.open(taskFor(id));
  if (conversation === null) throw new Error("no conversation");
  const session = new MemorySession({ "a.c": file });
  const outcome: EditOutcome = await conversation.edit(session, NO_SIGNAL);
  const analysis = await conversation.analyse(NODE, METRICS, NO_SIGNAL);
  return { outcome, analysis, files: session.texts };
}

async function replayLab(entries: readonly JournalEntry[], numbers: "exact" | "any" = "exact") {
  const cassette = new Cassette(entries, { source: "transcript.jsonl", numbers });
  return Lab.open(NEVER, { fetch: cassette.fetch });
}

describe("Cassette", () => {
  it("plays a recorded conversation again, through the same loop and tools", async () => {
    await using lab = await replayLab(await record());
    const { outcome, analysis, files } = await play(lab.agent, "x = 1\n");
    expect(outcome).toMatchObject({ kind: "proposed", description: "Changed" });
    expect(analysis.text).toBe("It held.");
    expect(files).toEqual({ "a.c": "x = 2\n" });
    expect(lab.server.requests).toEqual([]);
  });

  it("writes the same transcript, but for the times and the failed request", async () => {
    const entries = await record();
    await using lab = await replayLab(entries);
    await play(lab.agent, "x = 1\n");
    const essence = (journal: readonly JournalEntry[]) =>
      journal.flatMap((entry) =>
        entry.type === "response" ? [[entry.content, entry.tokens]] : [],
      );
    expect(essence(lab.journal)).toEqual(essence(entries));
  });

  it("fails loudly, not as a failure of the API, where a request differs", async () => {
    await using lab = await replayLab(await record());
    const failure: unknown = await play(lab.agent, "y = 1\n").catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toBe(
      'UserError: request 2 is not the one recorded in transcript.jsonl: messages[2].content[0].content is "    1\\ty = 1", recorded was "    1\\tx = 1"',
    );
  });

  it("lets numbers differ where told so, and nothing else", async () => {
    const entries = await record("x = 1\n");
    const exact = await replayLab(entries);
    await expect(play(exact.agent, "x = 1\n", "2.1")).rejects.toThrow(/messages\[0\]/);
    await exact[Symbol.asyncDispose]();

    await using any = await replayLab(entries, "any");
    const { outcome } = await play(any.agent, "x = 1\n", "2.7");
    expect(outcome.kind).toBe("proposed");
    await using other = await replayLab(entries, "any");
    await expect(play(other.agent, "x = 1;\n", "2.7")).rejects.toThrow(/"x = 1;"|x = #;/);
  });

  it("lets what is left of the budget differ", async () => {
    let asked = 0;
    // The recorded results have a notice that the replay's have not.
    const tokensLeft = () => {
      asked += 1;
      return asked <= 2 ? 100_000 : 40_000;
    };
    await using recorded = await Lab.open(SCRIPT, { budget: { tokensLeft } });
    await play(recorded.agent, "x = 1\n");
    await using lab = await replayLab(recorded.journal);
    expect((await play(lab.agent, "x = 1\n")).outcome.kind).toBe("proposed");
    expect(JSON.stringify(recorded.journal)).toContain("More than half is gone");
  });

  it("says where the recording ends", async () => {
    const entries = await record();
    const lastAnswer = entries.findLastIndex(({ type }) => type === "response");
    await using lab = await replayLab(entries.slice(0, lastAnswer));
    await expect(play(lab.agent, "x = 1\n")).rejects.toThrow(
      "transcript.jsonl has no answer to request 4",
    );
  });
});
