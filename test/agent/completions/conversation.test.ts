import { describe, expect, it } from "vitest";
import { usageOfJournal } from "../../../src/agent/conversation/recording/journal.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { type Reply, says, text, thinking, use } from "../../anthropic/reply.ts";
import { NO_SIGNAL } from "../conversation/lab.ts";
import { comparisonOf, experimentNode, METRICS } from "../experiment-node.ts";
import { MemorySession } from "../memory-session.ts";
import { openLab } from "./lab.ts";

const READY = says(
  use("finish", { outcome: "ready", description: "Unrolled", hypothesis: "Fewer branches" }),
);

function files(): MemorySession {
  return new MemorySession({ "a.c": "int x = 1;\n" });
}

describe("a conversation by Chat Completions", () => {
  it("edits, finishes, mends a failure and analyses, and counts what the stream says", async () => {
    await using lab = await openLab(({ last, turn }) => {
      if (last.includes("build failed on your change")) {
        return says(use("edit", { path: "a.c", old: "x = 2", new: "x = 3" }));
      }
      if (last.includes("plain text")) return says(thinking("hm"), text("It held."));
      if (turn > 0) return READY;
      return says(
        thinking("unroll"),
        text("I unroll."),
        use("view", { path: "a.c" }),
        use("edit", { path: "a.c", old: "x = 1", new: "x = 2" }),
      );
    });
    const conversation = await lab.converse();
    const session = files();
    const proposed = { kind: "proposed", description: "Unrolled", hypothesis: "Fewer branches" };

    const edited = await conversation.edit(session, NO_SIGNAL);
    expect(edited).toMatchObject(proposed);
    expect(session.texts).toEqual({ "a.c": "int x = 2;\n" });

    const failure = { step: "build", reason: "exit code 2", log: "a.c:1: boom\n" } as const;
    expect(await conversation.repair(failure, session, NO_SIGNAL)).toMatchObject(proposed);
    expect(session.texts).toEqual({ "a.c": "int x = 3;\n" });

    const node = experimentNode("1.1", {
      verdict: "improved",
      comparison: comparisonOf(parseId("1"), 0.25),
    });
    expect((await conversation.analyse(node, METRICS, NO_SIGNAL)).text).toBe("It held.");

    expect(lab.server.refusals).toEqual([]);
    expect(lab.server.requests).toHaveLength(5);
    expect(lab.lease.used.tokens).toBe(lab.server.billedTokens);
    expect(lab.lease.used.cacheReadTokens).toBeGreaterThan(0);
    expect(usageOfJournal(lab.journal, null).tokens).toBe(lab.lease.used.tokens);
  });

  it("sends tools and texts as they were handed in, and no thought of the model", async () => {
    await using lab = await openLab(
      ({ turn }) => (turn === 0 ? says(thinking("secret"), use("view", { path: "a.c" })) : READY),
      { chat: { effort: "high" } },
    );
    await (await lab.converse()).edit(files(), NO_SIGNAL);
    const [first, second] = lab.server.requests.map(({ body }) => body);
    expect(first?.tools.map((tool) => tool.function.name)).toEqual([
      "view",
      "edit",
      "write",
      "run",
      "build",
      "quick_bench",
      "finish",
    ]);
    expect(first?.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(first?.messages[0]?.content).toContain("You optimize code.");
    expect(first?.messages[1]?.content).toMatch(/The problem\.[\s\S]*You are 1\.1\./);
    expect([first?.max_tokens, first?.reasoning_effort]).toEqual([32_000, "high"]);
    expect(second?.messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
    ]);
    expect(second?.messages[3]?.content).toContain("int x = 1;");
    expect(JSON.stringify(second)).not.toContain("secret");
  });

  it("names the limit of an answer as the server does", async () => {
    await using lab = await openLab(() => READY, { chat: { limitName: "max_completion_tokens" } });
    await (await lab.converse()).edit(files(), NO_SIGNAL);
    expect(lab.server.refusals).toEqual([]);
    expect(lab.server.requests[0]?.body).toMatchObject({ max_completion_tokens: 32_000 });
  });

  it("sends no key where there is none", async () => {
    await using lab = await openLab(() => READY, { key: "" });
    expect((await (await lab.converse()).edit(files(), NO_SIGNAL)).kind).toBe("proposed");
    expect(JSON.stringify(lab.journal)).not.toContain("[API key]");
  });

  it.each<[string, Reply, string]>([
    [
      "a refusal",
      { kind: "message", content: [], stopDetails: "I cannot help with kernels." },
      "the model refused (no category): I cannot help with kernels.",
    ],
    [
      "a content filter in the middle",
      { kind: "message", content: [text("I ch")], stopReason: "content_filter" },
      "the model refused (no category)",
    ],
  ])("tells %s, which is billed", async (_, reply, reason) => {
    await using lab = await openLab(() => reply);
    const outcome = await (await lab.converse()).edit(files(), NO_SIGNAL);
    expect(outcome).toMatchObject({ kind: "refused", reason });
    expect(outcome.usage.tokens).toBe(lab.server.billedTokens);
    expect(lab.server.requests).toHaveLength(1);
  });

  it("runs no tool of an answer that was cut, and goes on without it", async () => {
    const cut: Reply = {
      kind: "message",
      content: [use("edit", { path: "a.c", old: "x = 1", new: "x = 9" })],
      stopReason: "length",
    };
    await using lab = await openLab(({ last, turn }) => {
      if (last.includes("cut off")) return READY;
      return turn === 0 ? says(text("Well.")) : cut;
    });
    const session = files();
    expect((await (await lab.converse()).edit(session, NO_SIGNAL)).kind).toBe("proposed");
    expect(session.texts).toEqual({ "a.c": "int x = 1;\n" });
    expect(lab.server.refusals).toEqual([]);
    expect(lab.lease.used.tokens).toBe(lab.server.billedTokens);
  });

  it("runs the tools of an answer whose server ends every answer with stop", async () => {
    await using lab = await openLab(({ turn }) => ({
      kind: "message",
      content:
        turn === 0
          ? [use("edit", { path: "a.c", old: "x = 1", new: "x = 2" })]
          : READY.kind === "message"
            ? READY.content
            : [],
      stopReason: "stop",
    }));
    const session = files();
    expect((await (await lab.converse()).edit(session, NO_SIGNAL)).kind).toBe("proposed");
    expect(session.texts).toEqual({ "a.c": "int x = 2;\n" });
    expect(lab.server.requests).toHaveLength(2);
  });

  it("takes an answer without content, and a nudged model that goes on", async () => {
    await using lab = await openLab(({ last }) => (last.includes("used no tool") ? READY : says()));
    expect((await (await lab.converse()).edit(files(), NO_SIGNAL)).kind).toBe("proposed");
    expect(lab.server.refusals).toEqual([]);
  });

  it("answers a failed tool and an unknown one with words", async () => {
    await using lab = await openLab(({ turn }) =>
      turn === 0 ? says(use("python", { code: "1" }), use("view", { path: "none.c" })) : READY,
    );
    await (await lab.converse()).edit(files(), NO_SIGNAL);
    const results = lab.server.requests[1]?.body.messages.filter(({ role }) => role === "tool");
    expect(results?.map(({ content }) => content)).toEqual([
      expect.stringMatching(/^error: there is no such tool/),
      expect.stringMatching(/^error: .*none\.c/),
    ]);
  });

  it("abandons a node whose conversation no longer fits into the model's context", async () => {
    await using lab = await openLab(({ turn }) =>
      turn === 0
        ? says(use("view", { path: "a.c" }))
        : { kind: "error", status: 400, type: "context_length_exceeded" },
    );
    expect(await (await lab.converse()).edit(files(), NO_SIGNAL)).toMatchObject({
      kind: "abandoned",
      reason: "the conversation no longer fits into the model's context window",
    });
    expect(lab.lease.used.tokens).toBe(lab.server.billedTokens);
  });
});
