import { describe, expect, it } from "vitest";
import { PROTOCOLS, type ProtocolName } from "../../../src/agent/gateway/protocols/names.ts";
import { leaseOf, MODEL, openGateway } from "./lab.ts";

const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";
const GEMINI = `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`;
const QUOTA = { code: "insufficient_quota", message: "No more." };

const chat = { model: MODEL, stream: true, messages: [{ role: "user", content: "hello" }] };
const message = { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }] };
const responses = { model: MODEL, stream: true, input: [message] };
const contents = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };
const messages = { model: MODEL, max_tokens: 4_000, stream: true, messages: [] };

/** How the protocols begin an answer. */
const BEGUN = {
  anthropic: [
    { type: "message_start", message: { usage: { input_tokens: 9, output_tokens: 1 } } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
  ],
  "openai-chat": [
    // Some servers send the sums so far with every chunk.
    {
      choices: [{ index: 0, delta: { content: "Hel" } }],
      usage: { prompt_tokens: 9, completion_tokens: 1 },
    },
  ],
  "openai-responses": [{ type: "response.created", response: { status: "in_progress" } }],
  gemini: [
    {
      candidates: [{ content: { parts: [{ text: "Hel" }] } }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1 },
    },
  ],
} as const;
const CALLS: Readonly<Record<ProtocolName, readonly [string, object]>> = {
  anthropic: ["/v1/messages", messages],
  "openai-chat": [CHAT, chat],
  "openai-responses": [RESPONSES, responses],
  gemini: [GEMINI, contents],
};

type Case = readonly [ProtocolName, string, unknown];
const failed = (error: object | null) => ({
  type: "response.failed",
  response: { status: "failed", error, usage: null },
});
const UNPAID: readonly Case[] = [
  [
    "anthropic",
    "billing_error",
    { type: "error", error: { type: "billing_error", message: "Pay." } },
  ],
  [
    "anthropic",
    "too little credit",
    {
      type: "error",
      error: { type: "invalid_request_error", message: "Your credit balance is too low to go on." },
    },
  ],
  ["openai-chat", "insufficient_quota", { error: { ...QUOTA, type: "insufficient_quota" } }],
  [
    "openai-chat",
    "402, as OpenRouter says it",
    {
      error: { code: 402, message: "Insufficient credits" },
      choices: [{ index: 0, delta: {}, finish_reason: "error" }],
    },
  ],
  ["openai-responses", "response.failed", failed(QUOTA)],
  ["openai-responses", "an error event", { type: "error", ...QUOTA, param: null }],
  [
    "openai-responses",
    "an error event with an object",
    { type: "error", error: { type: "insufficient_quota", message: "No more." } },
  ],
  ["gemini", "402", { error: { code: 402, message: "Pay.", status: "UNKNOWN" } }],
];
const BUSY: readonly Case[] = [
  ["anthropic", "overloaded", { type: "error", error: { type: "overloaded_error", message: "" } }],
  ["openai-chat", "rate limit", { error: { type: "rate_limit_exceeded", message: "Slowly." } }],
  ["openai-responses", "rate limit", failed({ code: "rate_limit_exceeded", message: "Slowly." })],
  [
    "gemini",
    "a quota for a minute or a day",
    {
      error: {
        code: 429,
        message: "You exceeded your current quota, please check your plan and billing details.",
        status: "RESOURCE_EXHAUSTED",
      },
    },
  ],
];
const OTHER: readonly Case[] = [
  ["anthropic", "api_error", { type: "error", error: { type: "api_error", message: "Oh." } }],
  ["openai-chat", "server_error", { error: { type: "server_error", message: "Oh." } }],
  ["openai-chat", "a plain text", { error: "Oh." }],
  ["openai-responses", "server_error", failed({ code: "server_error", message: "Oh." })],
  ["gemini", "500", { error: { code: 500, message: "Oh.", status: "INTERNAL" } }],
];

/** What a call of a server that fails like this has come to. */
async function callOf([name, , event]: Case) {
  const lease = leaseOf(1_000_000);
  const [path, body] = CALLS[name];
  const data = [...BEGUN[name], event];
  const stream = data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("");
  const headers = { "content-type": "text/event-stream" };
  const fetch = async () => new Response(stream, { headers });
  await using lab = await openGateway({ protocol: PROTOCOLS[name], fetch, lease });
  const response = await lab.post(path, body);
  const passed = await response.text();
  await expect.poll(() => lab.journal.at(-1)?.type).toBe("wire_answer");
  const [request] = lab.journal;
  if (request?.type !== "wire_request") throw new Error("no request");
  return {
    isPassed: response.status === 200 && passed === stream,
    isWhole: lease.used.tokens === request.reserved.input + request.reserved.output,
    coolDowns: lab.coolDowns.length,
    isEnded: lab.hopeless.aborted,
    status: lab.gateway.fault?.status,
    reason: lab.gateway.fault?.reason,
    goesOn: await lab.gateway.ask("Why?", 8_000, new AbortController().signal),
  };
}

describe("an error inside of a stream", () => {
  it.each(UNPAID)("%s, %s: ends the client, as the account has to pay first", async (...given) => {
    expect(await callOf(given)).toEqual({
      isPassed: true,
      isWhole: true,
      coolDowns: 0,
      isEnded: true,
      status: 402,
      reason: expect.stringMatching(/^the API broke off: .*(Pay\.|No more\.|credit)/),
      goesOn: null,
    });
  });

  it.each(BUSY)("%s, %s: makes all wait", async (...given) => {
    expect(await callOf(given)).toMatchObject({
      isPassed: true,
      isWhole: true,
      coolDowns: 1,
      isEnded: false,
      status: null,
    });
  });

  it.each(OTHER)("%s, %s: is the fault of that call alone", async (...given) => {
    expect(await callOf(given)).toMatchObject({
      isPassed: true,
      isWhole: true,
      coolDowns: 0,
      isEnded: false,
      status: null,
      reason: expect.stringMatching(/^the API broke off: .*Oh\.$/),
      goesOn: null,
    });
  });

  it("counts what the server bills for it, where it says so", async () => {
    const usage = { input_tokens: 9, output_tokens: 4 };
    const event = { type: "response.failed", response: { status: "failed", error: QUOTA, usage } };
    const fetch = async () =>
      new Response(`data: ${JSON.stringify(event)}\n\n`, {
        headers: { "content-type": "text/event-stream" },
      });
    const lease = leaseOf(1_000_000);
    await using lab = await openGateway({ protocol: PROTOCOLS["openai-responses"], fetch, lease });
    await (await lab.post(RESPONSES, responses)).text();
    await expect.poll(() => lab.hopeless.aborted).toBe(true);
    expect(lease.used.tokens).toBe(13);
  });
});

describe("an error instead of an answer", () => {
  it.each<readonly [ProtocolName, number, object]>([
    [
      "anthropic",
      400,
      {
        type: "error",
        error: { type: "invalid_request_error", message: "Your credit balance is too low." },
      },
    ],
    ["anthropic", 402, { type: "error", error: { type: "billing_error", message: "Pay." } }],
    ["openai-chat", 429, { error: { ...QUOTA, type: "insufficient_quota" } }],
    ["openai-responses", 429, { error: QUOTA }],
    ["openai-chat", 402, {}],
  ])(
    "%s, %d: ends the client where the account has to pay first, and costs nothing",
    async (name, status, error) => {
      const lease = leaseOf(1_000_000);
      const [path, body] = CALLS[name];
      const fetch = async () => Response.json(error, { status });
      await using lab = await openGateway({ protocol: PROTOCOLS[name], fetch, lease });
      expect((await lab.post(path, body)).status).toBe(status);
      await expect.poll(() => lab.hopeless.aborted).toBe(true);
      expect(lab.coolDowns).toEqual([]);
      expect(lab.gateway.fault?.status).toBe(402);
      expect(lease.used.tokens).toBe(0);
    },
  );
});
