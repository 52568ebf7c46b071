import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Break, type Reply, type Said, says, text, use } from "../../anthropic/reply.ts";
import { FAST, NO_SIGNAL } from "../conversation/lab.ts";
import { experimentNode, METRICS } from "../experiment-node.ts";
import { MemorySession } from "../memory-session.ts";
import { openLab } from "./lab.ts";

const FINISH = use("finish", { outcome: "ready", description: "Done", hypothesis: "Because" });

describe("a budget spent by Chat Completions", () => {
  it("makes answers shorter as it runs out, and is never exceeded", async () => {
    const granted = 130_000;
    await using lab = await openLab(
      ({ last, turn }) =>
        last.includes("last answer")
          ? says(FINISH)
          : {
              kind: "message",
              content: [use("write", { path: "a.c", content: `${turn}` })],
              outputTokens: 3_000,
            },
      { grantedTokens: granted },
    );
    const outcome = await (await lab.converse()).edit(new MemorySession({}), NO_SIGNAL);
    expect(outcome.kind).toBe("proposed");
    const limits = lab.server.requests.map(({ body }) => body.max_tokens ?? 0);
    expect(limits[0]).toBe(32_000);
    expect(limits.at(-2)).toBeLessThan(32_000);
    expect(limits.every((limit) => limit >= FAST.minOutputTokens)).toBe(true);
    expect(lab.server.billedTokens).toBeLessThanOrEqual(granted);
    expect(outcome.usage.tokens).toBe(lab.server.billedTokens);
  });

  it("holds whatever the server does, and counts at least what it bills", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(schedule, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 20_000, max: 300_000 }),
        async (replies, grantedTokens) => {
          let number = 0;
          await using lab = await openLab(
            ({ turn }) => {
              const reply = replies[number % replies.length] ?? says(FINISH);
              number += 1;
              return turn > 8 ? says(FINISH) : reply;
            },
            { grantedTokens },
          );
          const conversation = await lab.converse();
          const edited = await conversation
            .edit(new MemorySession({ "a.c": "x" }), NO_SIGNAL)
            .catch(() => null);
          if (edited?.kind === "proposed") {
            const node = experimentNode("1.1", { verdict: "tie" });
            await conversation.analyse(node, METRICS, NO_SIGNAL);
          }
          expect(lab.server.refusals).toEqual([]);
          expect(lab.lease.used.tokens).toBeLessThanOrEqual(grantedTokens);
          expect(lab.server.billedTokens).toBeLessThanOrEqual(lab.lease.used.tokens);
        },
      ),
      { numRuns: 25 },
    );
  });
});

const outputTokens = fc.integer({ min: 1, max: 40_000 });
const schedule: fc.Arbitrary<Reply> = fc.oneof(
  {
    weight: 4,
    arbitrary: outputTokens.map((tokens) => said(tokens, use("view", { path: "a.c" }))),
  },
  { weight: 2, arbitrary: outputTokens.map((tokens) => said(tokens, text("Thinking."))) },
  { weight: 1, arbitrary: fc.constant(says(FINISH)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom<Break["kind"]>("destroy", "end_early", "half_json", "error_event"),
        fc.integer({ min: 0, max: 8 }),
      )
      .map(
        ([kind, afterEvents]): Reply => ({
          kind: "message",
          content: [text("Now.")],
          break: { kind, afterEvents },
        }),
      ),
  },
  { weight: 1, arbitrary: fc.constant<Reply>({ kind: "html", status: 502 }) },
  {
    weight: 1,
    arbitrary: fc.constant<Reply>({ kind: "error", status: 429, type: "rate_limit_exceeded" }),
  },
);

function said(tokens: number, ...content: readonly Said[]): Reply {
  return { kind: "message", content, outputTokens: tokens };
}
