import { describe, expect, it } from "vitest";
import { says, text, thinking, use } from "./reply.ts";
import { type Script, StrictServer } from "./server.ts";

const KEY = "sk-ant-test-key";
const BEARER = { authorization: `Bearer ${KEY}`, "anthropic-version": "2026-10-21" };
const OLDER = { "x-api-key": KEY, "anthropic-version": "2023-06-01" };

const TOOL = { name: "run", input_schema: { type: "object" } };
const HELLO = { role: "user", content: [{ type: "text", text: "hello" }] };
const BODY = { model: "m", max_tokens: 100, stream: true, tools: [TOOL], messages: [HELLO] };

const SCRIPT: Script = ({ turn }) =>
  turn === 0 ? says(thinking("hm"), use("run", { command: "ls" })) : says(text("done"));

async function send(server: StrictServer, body: object, headers: Record<string, string> = BEARER) {
  const response = await fetch(`${server.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

function eventNames(stream: string): string[] {
  return Array.from(stream.matchAll(/^event: (\w+)$/gm), (match) => match[1] ?? "");
}

/** The assistant's message as the server streamed it. */
function said(stream: string): { role: "assistant"; content: object[] } {
  const content: Record<string, unknown>[] = [];
  for (const [, data = "{}"] of stream.matchAll(/^data: (.*)$/gm)) {
    const { type, index, content_block, delta } = JSON.parse(data);
    if (type === "content_block_start") content[index] = content_block;
    if (type !== "content_block_delta") continue;
    const { thinking, signature } = content[index] ?? {};
    content[index] = {
      ...content[index],
      ...(delta.type === "thinking_delta" ? { thinking: `${thinking}${delta.thinking}` } : {}),
      ...(delta.type === "signature_delta" ? { signature: `${signature}${delta.signature}` } : {}),
      ...(delta.type === "input_json_delta" ? { input: { command: "ls" } } : {}),
    };
  }
  return { role: "assistant", content };
}

const result = (id: string) => ({
  role: "user",
  content: [{ type: "tool_result", tool_use_id: id, content: "a.c" }],
});
const marked = { type: "text", text: "x", cache_control: { type: "ephemeral" } };

describe("StrictServer", () => {
  it("streams every kind of event in order", async () => {
    await using server = await StrictServer.start(SCRIPT, KEY);
    const { status, text: stream } = await send(server, BODY);
    expect(status).toBe(200);
    expect(eventNames(stream)).toEqual([
      "message_start",
      "ping",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  it("knows both pairs of headers, and nobody else", async () => {
    await using server = await StrictServer.start(SCRIPT, KEY);
    expect((await send(server, BODY, OLDER)).status).toBe(200);
    for (const headers of [
      {},
      { ...BEARER, authorization: "Bearer other" },
      { ...BEARER, "anthropic-version": "2023-06-01" },
      { ...BEARER, "x-api-key": KEY },
    ]) {
      expect((await send(server, BODY, headers)).status).toBe(401);
    }
  });

  it("counts tokens, and answers HEAD", async () => {
    await using server = await StrictServer.start(SCRIPT, KEY);
    expect((await fetch(server.url, { method: "HEAD" })).status).toBe(200);
    const counted = await fetch(`${server.url}/v1/messages/count_tokens`, {
      method: "POST",
      headers: BEARER,
      body: JSON.stringify({ model: "m", messages: [HELLO] }),
    });
    expect(await counted.json()).toEqual({ input_tokens: expect.any(Number) });
  });

  it.each<[string, object, RegExp]>([
    [
      "a first message that is not the user's",
      { messages: [{ ...HELLO, role: "assistant" }] },
      /first message/,
    ],
    ["no max_tokens", { max_tokens: undefined }, /max_tokens/],
    ["temperature", { temperature: 1 }, /temperature/],
    ["top_p", { top_p: 0.9 }, /top_p/],
    ["top_k", { top_k: 5 }, /top_k/],
    ["a forced tool", { tool_choice: { type: "tool", name: "run" } }, /tool_choice/],
    ["any tool", { tool_choice: { type: "any" } }, /tool_choice/],
    ["an unknown field", { thread: {} }, /thread/],
    [
      "an empty text",
      { messages: [{ role: "user", content: [{ type: "text", text: "" }] }] },
      /non-empty/,
    ],
    ["an empty message", { messages: [{ role: "user", content: [] }] }, /content/],
    ["five breakpoints", { system: [marked, marked, marked, marked, marked] }, /maximum of 4/],
    [
      "four breakpoints and the one of the body",
      { system: [marked, marked, marked, marked], cache_control: { type: "ephemeral" } },
      /maximum of 4/,
    ],
    ["a result without a call", { messages: [result("toolu_9")] }, /unexpected tool_use_id/],
    [
      "a prefilled answer",
      { messages: [HELLO, { role: "assistant", content: "{" }] },
      /end with a user/,
    ],
  ])("refuses %s", async (_, change, message) => {
    await using server = await StrictServer.start(SCRIPT, KEY);
    const { status, text: answer } = await send(server, { ...BODY, ...change });
    expect(status).toBe(400);
    expect(JSON.parse(answer).error).toMatchObject({ type: "invalid_request_error" });
    expect(server.refusals).toEqual([expect.stringMatching(message)]);
  });

  it("refuses a conversation that is not what was said, or is no extension of it", async () => {
    await using server = await StrictServer.start(SCRIPT, KEY);
    const answer = said((await send(server, BODY)).text);
    const more = { role: "user", content: [{ type: "text", text: "more" }] };
    const [thought, call] = answer.content;
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ messages: [HELLO, answer, more] }, /without tool_result blocks/],
      [{ messages: [HELLO, answer] }, /without tool_result blocks/],
      [{ messages: [HELLO, answer, result("toolu_9")] }, /unexpected tool_use_id/],
      [
        { messages: [HELLO, { role: "assistant", content: [call] }, result("toolu_1_1")] },
        /not what the assistant said/,
      ],
      [
        { messages: [HELLO, more, { role: "assistant", content: [thought] }, more] },
        /bound to a different conversation/,
      ],
      [{ tools: [{ ...TOOL, description: "new" }], messages: [HELLO, more] }, /tools changed/],
    ];
    for (const [change, message] of cases) {
      expect((await send(server, { ...BODY, ...change })).status).toBe(400);
      expect(server.refusals.at(-1)).toMatch(message);
    }

    const whole = { ...BODY, messages: [HELLO, answer, result("toolu_1_1")] };
    expect((await send(server, whole)).status).toBe(200);
    const shorter = { ...BODY, messages: [HELLO, more] };
    expect((await send(server, shorter)).status).toBe(400);
    expect(server.refusals.at(-1)).toMatch(/no extension/);
  });

  it("bills a prefix once as a write and then as reads, and only up to breakpoints", async () => {
    await using server = await StrictServer.start(SCRIPT, KEY);
    const system = [{ ...marked, text: "rules ".repeat(50) }];
    const first = { ...BODY, system };
    await send(server, first);
    await send(server, { ...first, messages: [{ role: "user", content: "another one" }] });
    const [one, two] = server.requests.map(({ billed }) => billed);
    expect(one?.cacheRead).toBe(0);
    expect(one?.cacheWrite).toBeGreaterThan(100);
    expect(one?.input).toBeGreaterThan(0);
    expect(two).toMatchObject({ cacheRead: one?.cacheWrite, cacheWrite: 0 });
  });

  it("cuts an answer at max_tokens, in the middle of a tool's input", async () => {
    await using server = await StrictServer.start(
      () => says(use("run", { command: "x".repeat(900) })),
      KEY,
    );
    const { text: stream } = await send(server, BODY);
    expect(stream).toContain('"stop_reason":"max_tokens"');
    expect(stream).not.toContain("x".repeat(600));
    expect(server.requests[0]?.billed?.output).toBe(100);
  });
});
