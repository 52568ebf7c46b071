import { describe, expect, it } from "vitest";
import { usageOfJournal } from "../../../src/agent/conversation/recording/journal.ts";
import { PRICES } from "../../../src/core/budget/price-table.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { type Reply, says, text, thinking, use } from "../../anthropic/reply.ts";
import { breakpointsIn } from "../../anthropic/request.ts";
import type { Asked, Script } from "../../anthropic/server.ts";
import { comparisonOf, experimentNode, METRICS } from "../experiment-node.ts";
import { MemorySession } from "../memory-session.ts";
import { Lab, NO_SIGNAL } from "./lab.ts";

const READY = use("finish", {
  outcome: "ready",
  description: "Unrolled the loop",
  hypothesis: "Fewer branches, 10 % less time",
});
const ABANDON = use("finish", {
  outcome: "abandon",
  description: "No idea is left",
  hypothesis: "none",
  analysis: "Memory bound.",
  next_ideas: ["tiling"],
});

/** Replies by turn; the last one again for every later turn. */
function inTurn(...replies: readonly Reply[]): Script {
  return ({ turn }: Asked) => replies[Math.min(turn, replies.length - 1)] ?? says(READY);
}

function files(): MemorySession {
  return new MemorySession({ "a.c": "int x = 1;\n" });
}

describe("ModelConversation", () => {
  it("edits, finishes, mends a failure and analyses in one append-only conversation", async () => {
    await using lab = await Lab.open(({ last, turn }) => {
      if (last.includes("build failed on your change")) {
        return says(use("edit", { path: "a.c", old: "x = 2", new: "x = 3" }));
      }
      if (last.includes("plain text"))
        return says(thinking("hm"), text("It held: fewer branches."));
      if (turn === 0) {
        return says(
          thinking("unroll"),
          text("I unroll."),
          use("view", { path: "a.c" }),
          use("edit", { path: "a.c", old: "x = 1", new: "x = 2" }),
        );
      }
      return says(READY);
    });
    const conversation = await lab.converse();
    const session = files();
    const proposed = {
      kind: "proposed",
      description: "Unrolled the loop",
      hypothesis: "Fewer branches, 10 % less time",
    };

    expect(await conversation.edit(session, NO_SIGNAL)).toMatchObject(proposed);
    expect(session.texts).toEqual({ "a.c": "int x = 2;\n" });

    const failure = { step: "build", reason: "exit code 2", log: "a.c:1: boom\n" } as const;
    expect(await conversation.repair(failure, session, NO_SIGNAL)).toMatchObject(proposed);
    expect(session.texts).toEqual({ "a.c": "int x = 3;\n" });

    const node = experimentNode("1.1", {
      verdict: "improved",
      comparison: comparisonOf(parseId("1"), 0.25),
    });
    const { text: analysis } = await conversation.analyse(node, METRICS, NO_SIGNAL);
    expect(analysis).toBe("It held: fewer branches.");

    expect(lab.server.refusals).toEqual([]);
    const asked = lab.server.requests.at(-1)?.body.messages.at(-1)?.content;
    expect(JSON.stringify(asked)).toContain(
      "time_ms (lower is better): 100 → 80, -20.0 % (-20.6 % to -19.4 %), p of better 0.03",
    );
  });

  it("keeps to four breakpoints, reads what it wrote to the cache, and counts what the server bills", async () => {
    await using lab = await Lab.open(
      inTurn(
        says(use("view", { path: "a.c" })),
        says(use("edit", { path: "a.c", old: "x = 1", new: "x = 2" })),
        says(READY),
      ),
    );
    const conversation = await lab.converse();
    const { usage } = await conversation.edit(files(), NO_SIGNAL);

    const bodies = lab.server.requests.map(({ body }) => body);
    expect(bodies.map((body) => breakpointsIn(body).length)).toEqual([4, 4, 4]);
    expect(lab.server.requests.every(({ billed }) => billed?.input === 0)).toBe(true);
    const reads = lab.server.requests.map(({ billed }) => billed?.cacheRead ?? 0);
    expect(reads[0]).toBe(0);
    expect(reads[1]).toBeGreaterThan(100);
    expect(reads[2]).toBeGreaterThan(reads[1] ?? 0);
    expect(usage.tokens).toBe(lab.server.billedTokens);
    expect(usage.cacheReadTokens).toBe(reads.reduce((sum, read) => sum + read, 0));
    expect(usage).toEqual(lab.lease.used);
    const written = usageOfJournal(lab.journal, PRICES["claude-opus-5-5"] ?? null);
    expect(written).toMatchObject({ tokens: usage.tokens, cacheReadTokens: usage.cacheReadTokens });
    expect(written.costUsd).toBeCloseTo(usage.costUsd ?? -1, 6);
  });

  it("sends tools, system prompt and the three texts as they were handed in, and no sampling parameters", async () => {
    await using lab = await Lab.open(inTurn(says(READY)), { effort: "high" });
    await (await lab.converse()).edit(files(), NO_SIGNAL);
    const body = lab.server.requests[0]?.body;
    expect(body?.tools?.map(({ name }) => name)).toEqual([
      "view",
      "edit",
      "write",
      "run",
      "build",
      "quick_bench",
      "finish",
    ]);
    expect(JSON.stringify(body?.system)).toContain("You optimize code.");
    expect(body?.messages).toHaveLength(1);
    expect(JSON.stringify(body?.messages[0])).toMatch(/The problem\..*You are 1\.1\./);
    expect(body?.output_config).toEqual({ effort: "high" });
    expect(body?.max_tokens).toBe(32_000);
  });

  it("writes a request down before it is sent, and the answer before its tools run", async () => {
    const order: string[] = [];
    await using lab = await Lab.open(
      ({ turn }) => {
        order.push(`served after ${lab.journal.map(({ type }) => type).join(" ")}`);
        return turn === 0 ? says(use("quick_bench", {})) : says(READY);
      },
      {
        quickBench: async () => {
          order.push(`benched after ${lab.journal.map(({ type }) => type).join(" ")}`);
          return { kind: "compared", text: "time_ms 100", isWorse: false };
        },
      },
    );
    await (await lab.converse()).edit(files(), NO_SIGNAL);
    expect(order).toEqual([
      "served after opened request",
      "benched after opened request response",
      "served after opened request response request",
    ]);
    expect(lab.journal.at(-1)).toMatchObject({
      type: "outcome",
      kind: "proposed",
      text: "Unrolled the loop",
    });
    expect(lab.entries("request").map(({ from, messages }) => [from, messages.length])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it("tells a refusal with its category", async () => {
    await using lab = await Lab.open(() => ({
      kind: "message",
      content: [],
      stopReason: "refusal",
      stopDetails: { type: "refusal", category: "frontier_llm", explanation: "Kernel work." },
    }));
    const outcome = await (await lab.converse()).edit(files(), NO_SIGNAL);
    expect(outcome).toMatchObject({
      kind: "refused",
      reason: "the model refused (frontier_llm): Kernel work.",
    });
    expect(outcome.usage.tokens).toBe(lab.server.billedTokens);
  });

  it("runs no tool of an answer that was cut, and goes on without it", async () => {
    const cut: Reply = {
      kind: "message",
      content: [
        use("edit", { path: "a.c", old: "x = 1", new: "x = 9" }),
        use("write", { path: "b.c", content: "half of a file" }),
      ],
      stopReason: "max_tokens",
    };
    await using lab = await Lab.open(({ last }) => (last.includes("cut off") ? says(READY) : cut));
    const session = files();
    const outcome = await (await lab.converse()).edit(session, NO_SIGNAL);
    expect(outcome.kind).toBe("proposed");
    expect(session.texts).toEqual({ "a.c": "int x = 1;\n" });
    expect(lab.server.refusals).toEqual([]);
    expect(outcome.usage.tokens).toBe(lab.server.billedTokens);
  });

  it("nudges a model that ends its turn, and gives up after three such turns", async () => {
    await using lab = await Lab.open(() => says(text("Done!")));
    const outcome = await (await lab.converse()).edit(files(), NO_SIGNAL);
    expect(outcome).toMatchObject({
      kind: "abandoned",
      reason: "3 answers in a row used no tool (end_turn)",
    });
    expect(lab.server.requests).toHaveLength(3);
    expect(JSON.stringify(lab.server.requests.at(-1)?.body.messages.at(-1))).toContain("finish");
  });

  it("takes an answer without content, and a nudged model that goes on", async () => {
    await using lab = await Lab.open(({ last }) =>
      last.includes("used no tool") ? says(READY) : says(),
    );
    expect((await (await lab.converse()).edit(files(), NO_SIGNAL)).kind).toBe("proposed");
    expect(lab.server.refusals).toEqual([]);
  });

  it("lets a paused turn go on from its own end", async () => {
    await using lab = await Lab.open(
      inTurn({ kind: "message", content: [text("Wait.")], stopReason: "pause_turn" }, says(READY)),
    );
    expect((await (await lab.converse()).edit(files(), NO_SIGNAL)).kind).toBe("proposed");
    expect(lab.server.requests[1]?.body.messages.at(-1)?.role).toBe("assistant");
    expect(lab.server.refusals).toEqual([]);
  });

  it.each([
    [
      "model_context_window_exceeded",
      "the conversation no longer fits into the model's context window",
    ],
    ["a_new_reason", "the model stopped for an unknown reason (a_new_reason)"],
  ])("abandons the node on %s", async (stopReason, reason) => {
    await using lab = await Lab.open(() => ({ kind: "message", content: [], stopReason }));
    expect(await (await lab.converse()).edit(files(), NO_SIGNAL)).toMatchObject({
      kind: "abandoned",
      reason,
    });
    expect(lab.server.requests).toHaveLength(1);
  });

  it("hints once to a model that goes in circles, then ends", async () => {
    await using lab = await Lab.open(() => says(use("view", { path: "missing.c" })));
    const outcome = await (await lab.converse()).edit(files(), NO_SIGNAL);
    expect(outcome).toMatchObject({
      kind: "abandoned",
      reason: "it went in circles: the same view failed in the same way 3 times in a row",
    });
    expect(lab.server.requests).toHaveLength(6);
    const hints = JSON.stringify(lab.server.requests.at(-1)?.body).match(/go in circles/g);
    expect(hints).toHaveLength(1);
  });

  it("answers tools that nobody has, input that does not fit, and finish before a failed tool", async () => {
    await using lab = await Lab.open(
      inTurn(
        says(use("python", { code: "1" }), use("view", { file: "a.c" }), READY),
        says(READY, use("write", { path: "late.c", content: "" })),
      ),
    );
    const session = files();
    const conversation = await lab.converse();
    expect((await conversation.edit(session, NO_SIGNAL)).kind).toBe("proposed");
    expect(session.texts).toEqual({ "a.c": "int x = 1;\n" });
    const told = JSON.stringify(lab.server.requests[1]?.body.messages.at(-1));
    expect(told).toContain("there is no such tool; the tools are view, edit,");
    expect(told).toContain('Unrecognized key: \\"file\\"');
    expect(told).toContain("not finished: a tool before it failed");

    await conversation.analyse(experimentNode("1.1", { verdict: "tie" }), METRICS, NO_SIGNAL);
    expect(lab.server.refusals).toEqual([]);
    expect(JSON.stringify(lab.server.requests.at(-1)?.body.messages.at(-1))).toContain(
      "not run: it came after finish",
    );
  });

  it("holds finish back behind a look that shows a loss, and takes it without one", async () => {
    let isWorse = true;
    await using lab = await Lab.open(() => says(use("quick_bench", {}), READY), {
      quickBench: async () => {
        const look = { kind: "compared", text: "time_ms -9.0 %", isWorse } as const;
        isWorse = false;
        return look;
      },
    });
    const outcome = await (await lab.converse()).edit(files(), NO_SIGNAL);
    expect(outcome.kind).toBe("proposed");
    expect(lab.server.requests).toHaveLength(2);
    expect(JSON.stringify(lab.server.requests[1]?.body.messages.at(-1))).toContain(
      "not finished: the look shows a loss; call finish again where you mean it",
    );
  });

  it("abandons with the model's reason, and analyses without another request", async () => {
    await using lab = await Lab.open(() => says(ABANDON));
    const conversation = await lab.converse();
    expect(await conversation.edit(files(), NO_SIGNAL)).toMatchObject({
      kind: "abandoned",
      reason: "No idea is left",
      lesson: { text: "Memory bound.", ideas: ["tiling"], took: "" },
    });
    const { text: analysis } = await conversation.analyse(
      experimentNode("1.1", { verdict: "abandoned", reason: "No idea is left" }),
      METRICS,
      NO_SIGNAL,
    );
    expect(analysis).toBe("abandoned: No idea is left.");
    expect(lab.server.requests).toHaveLength(1);
  });

  it("ends where the model never finishes", async () => {
    await using lab = await Lab.open(
      ({ turn }) => says(use("write", { path: "a.c", content: `${turn}` })),
      { options: { maxTurns: 5 } },
    );
    expect(await (await lab.converse()).edit(files(), NO_SIGNAL)).toMatchObject({
      kind: "abandoned",
      reason: "it was not finished after 5 answers",
    });
  });

  it("tells the budget at the start, and what is left of it once more when half is gone, beside the last result", async () => {
    let left = 100_000;
    await using lab = await Lab.open(
      inTurn(
        says(use("view", { path: "a.c" }), use("quick_bench", {})),
        says(use("view", { path: "a.c", start: 1 })),
        says(READY),
      ),
      {
        budget: { number: 4, of: 30, tokensLeft: () => left },
        quickBench: async () => {
          left = 40_000;
          return { kind: "compared", text: "time_ms +1.0 %", isWorse: false };
        },
      },
    );
    await (await lab.converse()).edit(files(), NO_SIGNAL);
    const [first, second, third] = lab.server.requests.map(({ body }) => body.messages.at(-1));
    expect(first?.content.at(-1)).toMatchObject({
      text: "<your_budget>\nExperiment 4 of 30. It has 1h 00m, 100,000 tokens, 3 quick benchmarks.\n</your_budget>",
    });
    expect(second?.content).toMatchObject([
      { content: "    1\tint x = 1;" },
      {
        content: [
          { text: "time_ms +1.0 %\n(2 left)" },
          {
            text: "<your_budget>\nMore than half is gone. There is left: 1h 00m, 40,000 tokens, 2 quick benchmarks.\n</your_budget>",
          },
        ],
      },
    ]);
    expect(third?.content).toMatchObject([{ content: "    1\tint x = 1;" }]);
  });

  it("speaks the older pair of headers", async () => {
    await using lab = await Lab.open(inTurn(says(READY)), { headers: "x-api-key" });
    expect((await (await lab.converse()).edit(files(), NO_SIGNAL)).kind).toBe("proposed");
  });

  it("escapes and bounds what it says itself: an analysis", async () => {
    await using lab = await Lab.open(({ last }) =>
      last.includes("plain text") ? says(text(`\u001b[31m${"word ".repeat(300)}`)) : says(READY),
    );
    const conversation = await lab.converse();
    await conversation.edit(files(), NO_SIGNAL);
    const { text: analysis } = await conversation.analyse(
      experimentNode("1.1", { verdict: "tie" }),
      METRICS,
      NO_SIGNAL,
    );
    expect(analysis).toHaveLength(600);
    expect(analysis.startsWith("\\x1b[31mword word")).toBe(true);
  });
});
