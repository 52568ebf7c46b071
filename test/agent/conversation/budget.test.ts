import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Break, type Reply, type Said, says, text, use } from "../../anthropic/reply.ts";
import type { Asked } from "../../anthropic/server.ts";
import { experimentNode, METRICS } from "../experiment-node.ts";
import { MemorySession } from "../memory-session.ts";
import { FAST, Lab, NO_SIGNAL } from "./lab.ts";

const FINISH = use("finish", { outcome: "ready", description: "Done", hypothesis: "Because" });

describe("a budget", () => {
  it("makes answers shorter as it runs out, says when the last one has come, and is never exceeded", async () => {
    const granted = 130_000;
    await using lab = await Lab.open(
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
    const limits = lab.server.requests.map(({ body }) => body.max_tokens);
    expect(limits[0]).toBe(32_000);
    expect(limits.at(-2)).toBeLessThan(32_000);
    expect(limits.every((limit) => limit >= FAST.minOutputTokens)).toBe(true);
    expect(lab.server.billedTokens).toBeLessThanOrEqual(granted);
    expect(outcome.usage.tokens).toBe(lab.server.billedTokens);
    // Little is left over: shorter answers used it up.
    expect(lab.server.billedTokens).toBeGreaterThan(granted / 2);
  });

  it("without room for a single request abandons the node before it asks", async () => {
    await using lab = await Lab.open(() => says(FINISH), { grantedTokens: 5_000 });
    expect(await (await lab.converse()).edit(new MemorySession({}), NO_SIGNAL)).toMatchObject({
      kind: "abandoned",
      reason: "the token budget leaves no room for another request",
      usage: { tokens: 0 },
    });
    expect(lab.server.requests).toEqual([]);
  });

  it("is kept by retries too: each reserves its own part", async () => {
    await using lab = await Lab.open(() => breakOff("destroy", 5), { grantedTokens: 90_000 });
    const outcome = await (await lab.converse()).edit(new MemorySession({}), NO_SIGNAL);
    expect(outcome.kind).toBe("abandoned");
    expect(lab.lease.used.tokens).toBeLessThanOrEqual(90_000);
    expect(lab.server.billedTokens).toBeLessThanOrEqual(lab.lease.used.tokens);
    expect(lab.server.requests.length).toBeGreaterThan(1);
  });

  it("holds whatever the server does, and counts at least what it bills", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(schedule, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 20_000, max: 300_000 }),
        async (replies, grantedTokens) => {
          let number = 0;
          const script = ({ turn }: Asked): Reply => {
            const reply = replies[number % replies.length] ?? says(FINISH);
            number += 1;
            return turn > 8 ? says(FINISH) : reply;
          };
          await using lab = await Lab.open(script, { grantedTokens });
          const conversation = await lab.converse();
          const edited = await conversation
            .edit(new MemorySession({ "a.c": "x" }), NO_SIGNAL)
            .catch(() => null);
          if (edited?.kind === "proposed") {
            await conversation.analyse(
              experimentNode("1.1", { verdict: "tie" }),
              METRICS,
              NO_SIGNAL,
            );
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

function breakOff(kind: Break["kind"], afterEvents: number): Reply {
  return { kind: "message", content: [text("Now.")], break: { kind, afterEvents } };
}

const outputTokens = fc.integer({ min: 1, max: 40_000 });
const schedule: fc.Arbitrary<Reply> = fc.oneof(
  {
    weight: 4,
    arbitrary: outputTokens.map((tokens) => said(tokens, use("view", { path: "a.c" }))),
  },
  { weight: 2, arbitrary: outputTokens.map((tokens) => said(tokens, text("Thinking."))) },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: "grapheme", maxLength: 3_000 })
      .map((content) => says(use("write", { path: "b.c", content }))),
  },
  { weight: 1, arbitrary: fc.constant(says(FINISH)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom<Break["kind"]>("destroy", "end_early", "half_json", "error_event"),
        fc.integer({ min: 0, max: 8 }),
      )
      .map(([kind, afterEvents]) => breakOff(kind, afterEvents)),
  },
  { weight: 1, arbitrary: fc.constant<Reply>({ kind: "html", status: 502 }) },
  {
    weight: 1,
    arbitrary: fc.constant<Reply>({ kind: "error", status: 529, type: "overloaded_error" }),
  },
);

function said(tokens: number, ...content: readonly Said[]): Reply {
  return { kind: "message", content, outputTokens: tokens };
}
