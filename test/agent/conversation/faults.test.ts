import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { usageOfJournal } from "../../../src/agent/conversation/recording/journal.ts";
import { AgentFailure } from "../../../src/agent/failure.ts";
import { PRICES } from "../../../src/core/budget/price-table.ts";
import { UserError } from "../../../src/core/error.ts";
import { freshTokens } from "../../anthropic/cache.ts";
import { type Reply, says, text, use } from "../../anthropic/reply.ts";
import { experimentNode, METRICS } from "../experiment-node.ts";
import { MemorySession } from "../memory-session.ts";
import { broken, error, failing, patienceWith, READY } from "./faulty.ts";
import { API_KEY, FAST, IMPATIENT, Lab, NO_SIGNAL } from "./lab.ts";

/** The slowest fault is the answer that never ends: its limit four times, and what a test machine adds. */
const MAX_MS = 4 * IMPATIENT.totalMs + 10_000;

/** Faults that pass: whether the failed request may have cost something, and must then count in whole. */
const PASSING: readonly (readonly [string, Reply, "free" | "whole"])[] = [
  ["429 with retry-after-ms", error(429, "rate_limit_error", { "retry-after-ms": "20" }), "free"],
  ["429 with retry-after", error(429, "rate_limit_error", { "retry-after": "0.02" }), "free"],
  ["429 without a word", error(429, "rate_limit_error"), "free"],
  ["529", error(529, "overloaded_error"), "free"],
  ["500", error(500, "api_error"), "free"],
  [
    "a request that x-should-retry names",
    error(400, "odd_error", { "x-should-retry": "true" }),
    "free",
  ],
  ["an HTML 502", { kind: "html", status: 502 }, "whole"],
  ["silence before the headers", { kind: "silence" }, "whole"],
  ["a stream that is cut at once", broken("destroy", 0), "whole"],
  ["a stream that is cut in the middle", broken("destroy", 5), "whole"],
  ["an end before message_stop", broken("end_early", 9), "whole"],
  ["an end after headers alone", broken("end_early", 0), "whole"],
  ["half of a JSON line", broken("half_json", 3), "whole"],
  ["broken JSON of a tool's input", broken("bad_tool_json", 2), "whole"],
  ["silence in the middle", broken("stall", 4), "whole"],
  ["pings and nothing else", broken("only_pings", 2), "whole"],
  ["an overloaded_error in the stream", broken("error_event", 3), "whole"],
  ["an api_error in the stream", broken("error_event", 3, "api_error"), "whole"],
];

describe("a fault of the API", () => {
  it.each(PASSING)("that passes is tried again: %s", async (_, reply, cost) => {
    await using lab = await Lab.open(failing(reply, 1), patienceWith(reply));
    const session = new MemorySession({ "a.c": "int x = 1;" });
    const startedMs = Date.now();
    const outcome = await (await lab.converse()).edit(session, NO_SIGNAL);

    expect(outcome.kind).toBe("proposed");
    expect(Date.now() - startedMs).toBeLessThan(MAX_MS);
    expect(session.texts).toEqual({ "a.c": "int x = 2;" });
    expect(lab.server.refusals).toEqual([]);
    expect(lab.server.requests).toHaveLength(3);

    const [, failed] = lab.entries("request");
    const whole = cost === "whole" ? (failed?.reserved.input ?? 0) + (failed?.maxTokens ?? 0) : 0;
    const answered = lab.server.requests
      .filter((_request, index) => index !== 1)
      .reduce((sum, { billed }) => sum + freshTokens(billed), 0);
    expect(outcome.usage.tokens).toBe(answered + whole);
    expect(outcome.usage.tokens).toBeGreaterThanOrEqual(lab.server.billedTokens);
    expect(usageOfJournal(lab.journal, PRICES["claude-opus-5-5"] ?? null).tokens).toBe(
      outcome.usage.tokens,
    );
    expect(lab.entries("failure")).toMatchObject([{ number: 2, retryInMs: expect.any(Number) }]);
  });

  it.each(PASSING)("that stays ends the node as a failure with its usage: %s", async (_, reply) => {
    await using lab = await Lab.open(failing(reply, Number.POSITIVE_INFINITY), patienceWith(reply));
    const conversation = await lab.converse();
    const startedMs = Date.now();
    const failure = await conversation.edit(new MemorySession({ "a.c": "x = 1" }), NO_SIGNAL).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(Date.now() - startedMs).toBeLessThan(MAX_MS);
    expect(failure).toBeInstanceOf(AgentFailure);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/; sent 4 times$/),
      usage: lab.lease.used,
    });
    expect(lab.lease.used.tokens).toBeGreaterThanOrEqual(lab.server.billedTokens);
    expect(lab.server.requests).toHaveLength(5);
    expect(lab.journal.at(-1)).toMatchObject({ type: "outcome", kind: "failed" });
  });

  it.each([
    ["a 400", error(400, "invalid_request_error"), /400 invalid_request_error/],
    ["a 413", error(413, "request_too_large"), /413 request_too_large/],
    ["x-should-retry: false", error(529, "overloaded_error", { "x-should-retry": "false" }), /529/],
    [
      "an invalid_request_error in the stream",
      broken("error_event", 1, "invalid_request_error"),
      /broke off: invalid_request_error/,
    ],
  ])("that never passes is not tried again: %s", async (_, reply, message) => {
    await using lab = await Lab.open(() => reply);
    const conversation = await lab.converse();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(message);
    expect(lab.server.requests).toHaveLength(1);
  });

  const unfit = { kind: "error", status: 400, type: "invalid_request_error" } as const;
  const lowCredit = { message: "Your credit balance is too low to access the Anthropic API." };
  it.each<[string, Reply, RegExp]>([
    ["401", error(401, "authentication_error"), /ANTHROPIC_API_KEY/],
    ["402", error(402, "billing_error"), /pay/],
    ["400 for want of credit", { ...unfit, ...lowCredit }, /pay/],
    ["a billing_error in the stream", broken("error_event", 1, "billing_error"), /pay/],
    ["403", error(403, "permission_error"), /may not use this model/],
    ["404", error(404, "not_found_error"), /agent\.model/],
    ["307", error(307, "moved"), /ANTHROPIC_BASE_URL/],
  ])("that only the user can mend says how: %s", async (_, reply, hint) => {
    await using lab = await Lab.open(() => reply);
    const conversation = await lab.converse();
    const failure = await conversation
      .edit(new MemorySession({}), NO_SIGNAL)
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({ hint: expect.stringMatching(hint) });
    expect(lab.server.requests).toHaveLength(1);
  });

  it("of nobody listening costs nothing", async () => {
    const lab = await Lab.open(() => READY);
    const conversation = await lab.converse();
    await lab[Symbol.asyncDispose]();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(
      /ECONNREFUSED.*sent 4 times/,
    );
    expect(lab.lease.used.tokens).toBe(0);
  });

  it("of two hours is not slept through, and says so", async () => {
    const reply = error(429, "rate_limit_error", { "retry-after": "7200" });
    await using lab = await Lab.open(() => reply);
    const conversation = await lab.converse();
    const startedMs = Date.now();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(
      "the API wants no request for 2h 00m (the API answered 429 rate_limit_error: rate_limit_error)",
    );
    // Another worker of the same model does not even ask.
    await expect(
      (await lab.converse("1.2")).edit(new MemorySession({}), NO_SIGNAL),
    ).rejects.toThrow(/wants no request to claude-opus-5-5 for/);
    expect(Date.now() - startedMs).toBeLessThan(1_000);
    expect(lab.server.requests).toHaveLength(1);
    expect(lab.lease.used.tokens).toBe(0);
  });

  it("of two hours that is to be waited for is told before the wait, which the signal ends", async () => {
    const reply = error(429, "rate_limit_error", { "retry-after": "7200" });
    await using lab = await Lab.open(() => reply, { onLongWait: "wait" });
    const controller = new AbortController();
    setTimeout(() => controller.abort("the user's wish"), 100);
    const conversation = await lab.converse();
    expect(await conversation.edit(new MemorySession({}), controller.signal)).toMatchObject({
      kind: "abandoned",
      reason: "the user's wish",
    });
    expect(lab.warnings).toEqual([expect.stringMatching(/wants no request for 2h 00m/)]);
  });

  it("a 503 for two hours ends the node as well", async () => {
    await using lab = await Lab.open(() => error(503, "api_error", { "retry-after": "7200" }));
    const conversation = await lab.converse();
    await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(
      /wants no request for 2h 00m/,
    );
  });
});

describe("the limits of an answer", () => {
  it.each([
    // Pings may be late on a busy machine, which is not the silence that is meant.
    ["pings and nothing else", broken("only_pings", 2), 10_000, /took more than 1\.2 s/],
    ["silence in the middle", broken("stall", 4), 300, /nothing came for 0\.3 s/],
    ["silence before the headers", { kind: "silence" } as const, 300, /nothing came for 0\.3 s/],
  ])("hold over garbage collections: %s", async (_, reply, silenceMs, message) => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const collecting = setInterval(collectGarbage, 100);
    try {
      await using lab = await Lab.open(() => reply, {
        options: { retry: { ...FAST.retry, max: 0 }, answer: { ...IMPATIENT, silenceMs } },
      });
      const conversation = await lab.converse();
      await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(message);
    } finally {
      clearInterval(collecting);
    }
  });
});

describe("an aborted signal", () => {
  it("ends a stream that stalls at once, with its reservation counted", async () => {
    await using lab = await Lab.open(() => broken("stall", 3), {
      options: { answer: { silenceMs: 10_000, totalMs: 10_000 } },
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("the agent took too long")), 100);
    const startedMs = Date.now();
    const outcome = await (await lab.converse()).edit(new MemorySession({}), controller.signal);
    expect(Date.now() - startedMs).toBeLessThan(1_000);
    const [request] = lab.entries("request");
    expect(outcome).toEqual({
      kind: "abandoned",
      reason: "the agent took too long",
      usage: lab.lease.used,
    });
    expect(outcome.usage.tokens).toBe((request?.reserved.input ?? 0) + 32_000);
    expect(usageOfJournal(lab.journal, null).tokens).toBe(outcome.usage.tokens);
  });

  it("before the first request costs nothing", async () => {
    await using lab = await Lab.open(() => READY);
    const outcome = await (await lab.converse()).edit(
      new MemorySession({}),
      AbortSignal.abort("no"),
    );
    expect(outcome).toMatchObject({ kind: "abandoned", reason: "no" });
    expect(lab.server.requests).toEqual([]);
    expect(lab.lease.used.tokens).toBe(0);
  });

  it("leaves a measured node with an analysis of its own", async () => {
    await using lab = await Lab.open(() => READY);
    const conversation = await lab.converse();
    await conversation.edit(new MemorySession({}), NO_SIGNAL);
    const { text: analysis } = await conversation.analyse(
      experimentNode("1.1", { verdict: "worse", reason: "slower" }),
      METRICS,
      AbortSignal.abort(),
    );
    expect(analysis).toBe("worse: slower.");
  });
});

describe("an analysis that fails", () => {
  it("leaves what is known without it, and counts", async () => {
    await using lab = await Lab.open(({ last }) =>
      last.includes("plain text") ? broken("destroy", 4) : READY,
    );
    const conversation = await lab.converse();
    const { usage: before } = await conversation.edit(new MemorySession({}), NO_SIGNAL);
    const { text: analysis, usage } = await conversation.analyse(
      experimentNode("1.1", { verdict: "tie", reason: "no difference" }),
      METRICS,
      NO_SIGNAL,
    );
    expect(analysis).toBe("tie: no difference.");
    expect(before.tokens + usage.tokens).toBe(lab.lease.used.tokens);
    expect(lab.lease.used.tokens).toBeGreaterThan(lab.server.billedTokens);
  });
});

describe("an analysis during a long rate limit", () => {
  it("is left out, and the measured node stands", async () => {
    const reply = error(429, "rate_limit_error", { "retry-after": "7200" });
    await using lab = await Lab.open(({ last }) => (last.includes("plain text") ? reply : READY));
    const conversation = await lab.converse();
    await conversation.edit(new MemorySession({}), NO_SIGNAL);
    const node = experimentNode("1.1", { verdict: "tie", reason: "no difference" });
    expect((await conversation.analyse(node, METRICS, NO_SIGNAL)).text).toBe("tie: no difference.");

    const next = await lab.converse("1.2");
    await expect(next.edit(new MemorySession({}), NO_SIGNAL)).rejects.toThrow(AgentFailure);
    expect((await next.analyse(node, METRICS, NO_SIGNAL)).text).toBe("tie: no difference.");
  });
});

describe("a server that tells nothing of the input", () => {
  it("is paid the whole reservation", async () => {
    await using lab = await Lab.open(() =>
      READY.kind === "message" ? { ...READY, withoutUsage: true } : READY,
    );
    const outcome = await (await lab.converse()).edit(new MemorySession({}), NO_SIGNAL);
    const [request] = lab.entries("request");
    expect(outcome.usage.tokens).toBe((request?.reserved.input ?? 0) + 32_000);
  });
});

describe("the key", () => {
  it("is in nothing that is kept or told, even where the server echoes it", async () => {
    await using lab = await Lab.open(({ turn }) =>
      turn === 0
        ? says(text(`Your key is ${API_KEY}.`), use("view", { path: API_KEY }))
        : { kind: "error", status: 500, type: "api_error", message: `key ${API_KEY} ${API_KEY}` },
    );
    const conversation = await lab.converse();
    const failure: unknown = await conversation
      .edit(new MemorySession({}), NO_SIGNAL)
      .catch((thrown: unknown) => thrown);
    const kept = [JSON.stringify(lab.journal), String(failure), JSON.stringify(failure)].join("\n");
    expect(kept).toContain("[API key]");
    expect(kept).not.toContain(API_KEY.slice(7));
  });
});
