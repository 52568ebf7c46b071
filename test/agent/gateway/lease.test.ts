import fc from "fast-check";
import { expect, it } from "vitest";
import { PROTOCOLS, type ProtocolName } from "../../../src/agent/gateway/protocols/names.ts";
import type { WireNews } from "../../../src/agent/gateway/wire-journal.ts";
import { usageOfWire } from "../../../src/agent/gateway/wire-journal.ts";
import { leaseOf, MODEL, openGateway } from "./lab.ts";

const SCHEDULES = Number(process.env.LOOPTY_LEASE_SCHEDULES ?? "300");
const ends = ["whole", "cut", "no_usage", "busy", "unpaid", "broken", "page"] as const;
const call = fc.record({
  words: fc.integer({ min: 1, max: 6_000 }),
  wanted: fc.integer({ min: 1, max: 50_000 }),
  /** Of the longest answer. */
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  end: fc.constantFrom(...ends),
  /** What the client does wrong: it leaves at once, leaves after a byte, or asks the same once more beside it. */
  client: fc.constantFrom("waits", "waits", "leaves", "leaves_late", "twice"),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** A protocol as its client and its server speak it. */
interface Speech {
  readonly path: string;
  readonly ask: (words: string, wanted: number) => object;
  readonly limitIn: (body: string) => number;
  /** The events of an answer; the last one is missing where it was cut. `usage` is `null` where the server tells none. */
  readonly events: (usage: { readonly input: number; readonly output: number } | null) => object[];
}

const SPEECHES: Readonly<Record<ProtocolName, Speech>> = {
  anthropic: {
    path: "/v1/messages",
    ask: (words, max_tokens) => ({
      ...{ model: MODEL, stream: true, max_tokens },
      messages: [{ role: "user", content: [{ type: "text", text: words }] }],
    }),
    limitIn: (body) => JSON.parse(body).max_tokens,
    events: (usage) => [
      {
        type: "message_start",
        message: { usage: usage && { input_tokens: usage.input, output_tokens: 1 } },
      },
      { type: "message_delta", usage: usage && { output_tokens: usage.output } },
      { type: "message_stop" },
    ],
  },
  "openai-chat": {
    path: "/v1/chat/completions",
    ask: (content, max_tokens) => ({
      ...{ model: MODEL, stream: true, max_tokens },
      messages: [{ role: "user", content }],
    }),
    limitIn: (body) => JSON.parse(body).max_tokens,
    events: (usage) => [
      { choices: [{ delta: { content: "Hello." } }] },
      {
        choices: [],
        usage: usage && { prompt_tokens: usage.input, completion_tokens: usage.output },
      },
    ],
  },
  "openai-responses": {
    path: "/v1/responses",
    ask: (input, max_output_tokens) => ({ model: MODEL, stream: true, max_output_tokens, input }),
    limitIn: (body) => JSON.parse(body).max_output_tokens,
    events: (usage) => [
      { type: "response.created" },
      {
        type: "response.completed",
        response: { usage: usage && { input_tokens: usage.input, output_tokens: usage.output } },
      },
    ],
  },
  gemini: {
    path: `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`,
    ask: (text, maxOutputTokens) => ({
      generationConfig: { maxOutputTokens },
      contents: [{ role: "user", parts: [{ text }] }],
    }),
    limitIn: (body) => JSON.parse(body).generationConfig.maxOutputTokens,
    events: (usage) => {
      const usageMetadata = usage && {
        promptTokenCount: usage.input,
        candidatesTokenCount: usage.output,
      };
      return [
        { candidates: [{}], usageMetadata },
        { candidates: [{ finishReason: "STOP" }], usageMetadata },
      ];
    },
  },
};

/** A server that bills as much as it may, whatever its client gets to see: always as many tokens for the same words. */
function server({ limitIn, events }: Speech, calls: readonly Call[], tokensPerByte: number) {
  let billed = 0;
  let next = 0;
  const answer: typeof fetch = async (_, init = {}) => {
    const { share, end } = calls[next++ % calls.length] ?? { share: 1, end: "whole" };
    const body = String(init.body);
    const output = Math.ceil(limitIn(body) * share);
    const input = Math.ceil(Buffer.byteLength(body) * tokensPerByte);
    if (end === "busy") return new Response('{"error":{}}', { status: 429 });
    if (end === "unpaid") {
      return Response.json({ error: { code: "insufficient_quota" } }, { status: 429 });
    }
    billed += input + output;
    if (end === "broken") throw new Error("fetch failed");
    if (end === "page") return new Response("<html>", { status: 502 });
    const all = events(end === "no_usage" ? null : { input, output });
    const sent = end === "cut" ? all.slice(0, -1) : all;
    const text = sent.map((data) => `data: ${JSON.stringify(data)}\n\n`).join("");
    return new Response(text, { headers: { "content-type": "text/event-stream" } });
  };
  return { fetch: answer, billed: () => billed };
}

/** Plays all calls at once, then asks for the analysis, and compares what everybody knows of the bill. */
async function play(
  name: ProtocolName,
  calls: readonly Call[],
  tokens: number,
  tokensPerByte: number,
): Promise<void> {
  const speech = SPEECHES[name];
  const lease = leaseOf(tokens);
  const upstream = server(speech, calls, tokensPerByte);
  const lines: WireNews[] = [];
  await using lab = await openGateway({
    protocol: PROTOCOLS[name],
    lease,
    fetch: upstream.fetch,
    journal: async (news) => void lines.push(news),
  });
  const askOnce = async ({ words, wanted, client }: Call) => {
    const leave = new AbortController();
    const body = speech.ask("x".repeat(words), wanted);
    const response = lab.post(speech.path, body, {}, leave.signal);
    if (client === "leaves") setImmediate(() => leave.abort());
    const { body: stream } = await response;
    for await (const _ of stream ?? []) if (client === "leaves_late") leave.abort();
  };
  await Promise.allSettled(
    calls.flatMap((each) => (each.client === "twice" ? [each, each] : [each])).map(askOnce),
  );
  await lab.gateway.ask("And what came of it?", 8_000, new AbortController().signal);
  const answers = () => lines.filter(({ type }) => type === "wire_answer").length;
  const sent = () => lines.filter(({ type }) => type === "wire_request").length;
  await expect.poll(() => sent() - answers()).toBe(0);
  expect(lease.used.tokens).toBeLessThanOrEqual(tokens);
  expect(upstream.billed()).toBeLessThanOrEqual(lease.used.tokens);
  const at = new Date(0).toISOString();
  const text = lines.map((line) => `${JSON.stringify({ v: 1, at, ...line })}\n`).join("");
  const counted = usageOfWire(Buffer.from(text), null);
  expect(counted).toMatchObject({ usage: { tokens: lease.used.tokens }, lostLines: 0 });
}

const names = fc.constantFrom<ProtocolName>(
  "anthropic",
  "openai-chat",
  "openai-responses",
  "gemini",
);
const schedules = fc.array(call, { minLength: 1, maxLength: 8 });
const ratio = fc.double({ min: 0, max: 1, noNaN: true });
const granted = fc.integer({ min: 10_000, max: 150_000 });

it(
  "never spends more than the lease, whatever servers and clients do, and the transcript knows as much",
  () => fc.assert(fc.asyncProperty(names, schedules, granted, ratio, play), { numRuns: SCHEDULES }),
  SCHEDULES * 1_000,
);
