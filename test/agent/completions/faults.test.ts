import { describe, expect, it } from "vitest";
import { AgentFailure } from "../../../src/agent/failure.ts";
import { UserError } from "../../../src/core/error.ts";
import { type Reply, says, text, use } from "../../anthropic/reply.ts";
import { broken, error, failing, patienceWith, READY } from "../conversation/faulty.ts";
import { NO_SIGNAL } from "../conversation/lab.ts";
import { MemorySession } from "../memory-session.ts";
import { KEY, openLab } from "./lab.ts";

/** Faults that pass: whether the failed request may have cost something, and must then count in whole. */
const PASSING: readonly (readonly [string, Reply, "free" | "whole"])[] = [
  ["429 with retry-after", error(429, "rate_limit_exceeded", { "retry-after": "0.02" }), "free"],
  ["429 without a word", error(429, "rate_limit_exceeded"), "free"],
  ["500", error(500, "server_error"), "free"],
  ["503", error(503, "overloaded"), "free"],
  ["an HTML 502", { kind: "html", status: 502 }, "whole"],
  ["a page instead of an answer", { kind: "html", status: 200 }, "whole"],
  ["silence before the headers", { kind: "silence" }, "whole"],
  ["a stream that is cut at once", broken("destroy", 0), "whole"],
  ["a stream that is cut in the middle", broken("destroy", 5), "whole"],
  ["an end before the finish", broken("end_early", 9), "whole"],
  ["an end after headers alone", broken("end_early", 0), "whole"],
  ["half of a JSON line", broken("half_json", 3), "whole"],
  ["silence in the middle", broken("stall", 4), "whole"],
  ["pings and nothing else", broken("only_pings", 2), "whole"],
  ["an overload in the stream", broken("error_event", 3), "whole"],
  ["an error of the server in the stream", broken("error_event", 3, "server_error"), "whole"],
];

describe("a fault of a server of Chat Completions", () => {
  it.each(PASSING)("that passes is tried again: %s", async (_, reply, cost) => {
    await using lab = await openLab(failing(reply, 1), patienceWith(reply));
    const session = new MemorySession({ "a.c": "int x = 1;" });
    const outcome = await (await lab.converse()).edit(session, NO_SIGNAL);

    expect(outcome.kind).toBe("proposed");
    expect(session.texts).toEqual({ "a.c": "int x = 2;" });
    expect(lab.server.refusals).toEqual([]);
    expect(lab.server.requests).toHaveLength(3);

    const [, failed] = lab.entries("request");
    const whole = cost === "whole" ? (failed?.reserved.input ?? 0) + (failed?.maxTokens ?? 0) : 0;
    const answered = lab.server.requests
      .filter((_request, index) => index !== 1)
      .reduce((sum, { billed }) => sum + freshTokens(billed), 0);
    expect(outcome.usage.tokens).toBe(answered + whole);
  });

  it.each(PASSING)("that stays ends the node as a failure with its usage: %s", async (_, reply) => {
    await using lab = await openLab(failing(reply, Number.POSITIVE_INFINITY), patienceWith(reply));
    const conversation = await lab.converse();
    const failure: unknown = await conversation
      .edit(new MemorySession({ "a.c": "x = 1" }), NO_SIGNAL)
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(AgentFailure);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/; sent 4 times$/),
      usage: lab.lease.used,
    });
    expect(lab.lease.used.tokens).toBeGreaterThanOrEqual(lab.server.billedTokens);
  });

  it.each([
    [
      "a page instead of an answer",
      { kind: "html", status: 200 } as const,
      "what came is no JSON of Chat Completions",
    ],
    ["half of a JSON line", broken("half_json", 3), "what came is no JSON of Chat Completions"],
    ["an early end", broken("end_early", 4), "the stream ended before the answer"],
  ])("is told in words: %s", async (_, reply, words) => {
    await using lab = await openLab(() => reply);
    const conversation = await lab.converse();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(words);
  });

  it("that asks for two hours is not slept through, and says so", async () => {
    await using lab = await openLab(() =>
      error(429, "rate_limit_exceeded", { "retry-after": "7200" }),
    );
    const conversation = await lab.converse();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(
      "the API wants no request for 2h 00m (the API answered 429 rate_limit_exceeded: rate_limit_exceeded)",
    );
    expect(lab.server.requests).toHaveLength(1);
    expect(lab.lease.used.tokens).toBe(0);
  });

  it.each([
    [401, "invalid_api_key", /OPENAI_API_KEY/],
    [429, "insufficient_quota", /pay/],
    [403, "permission_denied", /may not use this model/],
    [404, "model_not_found", /agent\.model.*agent\.base_url/],
    [307, "moved", /agent\.base_url/],
  ])("that only the user can mend says how: %s %s", async (status, type, hint) => {
    await using lab = await openLab(() => error(status, type, { location: "http://127.0.0.1:9/" }));
    const conversation = await lab.converse();
    const failure: unknown = await conversation
      .edit(new MemorySession({}), NO_SIGNAL)
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({ hint: expect.stringMatching(hint) });
    expect(lab.server.requests).toHaveLength(1);
  });

  it("that comes in the middle of an answer, as the account has to pay first, counts whole and says how", async () => {
    await using lab = await openLab(() => broken("error_event", 3, "insufficient_quota"));
    const conversation = await lab.converse();
    const failure: unknown = await conversation
      .edit(new MemorySession({}), NO_SIGNAL)
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({ hint: expect.stringMatching(/pay/) });
    expect(lab.server.requests).toHaveLength(1);
    const [request] = lab.entries("request");
    const { input = 0, output = 0 } = request?.reserved ?? {};
    expect(lab.lease.used.tokens).toBe(input + output);
    expect(input).toBeGreaterThan(0);
  });

  it("that no retry mends is not tried again", async () => {
    await using lab = await openLab(() => error(400, "invalid_value"));
    const conversation = await lab.converse();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(
      /400 invalid_value/,
    );
    expect(lab.server.requests).toHaveLength(1);
  });

  it("of nobody listening costs nothing", async () => {
    const lab = await openLab(() => READY);
    const conversation = await lab.converse();
    await lab[Symbol.asyncDispose]();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(
      /ECONNREFUSED.*sent 4 times/,
    );
    expect(lab.lease.used.tokens).toBe(0);
  });
});

describe("an answer without usage", () => {
  it("is paid the whole reservation", async () => {
    await using lab = await openLab(() => ({
      kind: "message",
      content: READY.kind === "message" ? READY.content : [],
      withoutUsage: true,
    }));
    const outcome = await (await lab.converse()).edit(new MemorySession({}), NO_SIGNAL);
    expect(outcome.kind).toBe("proposed");
    const [request] = lab.entries("request");
    expect(outcome.usage.tokens).toBe((request?.reserved.input ?? 0) + 32_000);
  });
});

describe("the key of a server of Chat Completions", () => {
  it("is in nothing that is kept or told, even where the server echoes it", async () => {
    await using lab = await openLab(({ turn }) =>
      turn === 0
        ? says(text(`Your key is ${KEY}.`), use("view", { path: KEY }))
        : { kind: "error", status: 500, type: "server_error", message: `key ${KEY} ${KEY}` },
    );
    const conversation = await lab.converse();
    const failure: unknown = await conversation
      .edit(new MemorySession({}), NO_SIGNAL)
      .catch((thrown: unknown) => thrown);
    const kept = [JSON.stringify(lab.journal), String(failure), JSON.stringify(failure)].join("\n");
    expect(kept).toContain("[API key]");
    expect(kept).not.toContain(KEY.slice(3));
  });
});

function freshTokens(
  billed: { readonly input: number; readonly cached: number; readonly output: number } | null,
): number {
  return billed === null ? 0 : billed.input - billed.cached + billed.output;
}
