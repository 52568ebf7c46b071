import { describe, expect, it } from "vitest";
import { PROTOCOLS, type ProtocolName } from "../../../src/agent/gateway/protocols/names.ts";
import { geminiForm } from "../../models/gemini.ts";
import { openaiChatForm } from "../../models/openai-chat.ts";
import { openaiResponsesForm } from "../../models/openai-responses.ts";
import { type ModelScript, ScriptedModel } from "../../models/scripted-model.ts";
import type { WireForm } from "../../models/wire-form.ts";
import { leaseOf, openGateway } from "./lab.ts";

const KEY = "sk-protocol-0123456789abcdef";
const MODEL = "scripted-1";
const NO_SIGNAL = new AbortController().signal;
const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";
const GEMINI = `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`;

const chat = { model: MODEL, stream: true, messages: [{ role: "user", content: "hello" }] };
const message = { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }] };
const responses = { model: MODEL, stream: true, input: [message] };
const contents = [{ role: "user", parts: [{ text: "hello" }] }];

const CALLS: readonly [ProtocolName, WireForm, string, object, Record<string, string>][] = [
  ["openai-chat", openaiChatForm, CHAT, chat, { authorization: `Bearer ${KEY}` }],
  [
    "openai-responses",
    openaiResponsesForm,
    RESPONSES,
    responses,
    { authorization: `Bearer ${KEY}` },
  ],
  ["gemini", geminiForm, GEMINI, { contents }, { "x-goog-api-key": KEY }],
];

describe("the protocols of a gateway", () => {
  it.each(CALLS)(
    "%s: a call is passed on, limited, and counted as it is billed",
    async (name, form, path, body, keyHeaders) => {
      const script = () => ({ kind: "text", text: "Hello." }) as const;
      await using model = await ScriptedModel.start(form, { key: KEY, model: MODEL, script });
      const lease = leaseOf(1_000_000);
      const baseUrl = `${model.url}/${path.split("/")[1]}`;
      const access = { key: KEY, keyHeaders, baseUrl };
      await using lab = await openGateway({
        protocol: PROTOCOLS[name],
        model: MODEL,
        access,
        lease,
      });
      const response = await lab.post(path, body);
      expect([response.status, model.refusals]).toEqual([200, []]);
      expect(await response.text()).toContain("Hello.");
      await expect.poll(() => lab.journal.at(-1)?.type).toBe("wire_answer");
      expect(model.billedTokens).toBeGreaterThan(0);
      expect(lease.used.tokens).toBe(model.billedTokens);
    },
  );

  it.each(CALLS)(
    "%s: loopty's own question goes on from what was asked last",
    async (name, form, path, body, keyHeaders) => {
      const script: ModelScript = (said) => ({
        kind: "text",
        text: said.includes("And why?") ? "Because it fits." : "Hello.",
      });
      await using model = await ScriptedModel.start(form, { key: KEY, model: MODEL, script });
      const lease = leaseOf(1_000_000);
      const baseUrl = `${model.url}/${path.split("/")[1]}`;
      const access = { key: KEY, keyHeaders, baseUrl };
      const protocol = PROTOCOLS[name];
      await using lab = await openGateway({ protocol, model: MODEL, access, lease });
      await (await lab.post(path, body)).text();
      expect(await lab.gateway.ask("And why?", 8_000, NO_SIGNAL)).toBe("Because it fits.");
      expect(model.refusals).toEqual([]);
      expect(model.said[1]).toContain("hello");
      expect(lease.used.tokens).toBe(model.billedTokens);
      expect(lab.journal.at(-1)?.type).toBe("wire_answer");
    },
  );

  it.each<[ProtocolName, unknown]>([
    ["anthropic", { content: [{ type: "thinking" }, { type: "text", text: "Yes." }] }],
    ["openai-chat", { choices: [{ message: { role: "assistant", content: "Yes." } }] }],
    [
      "openai-responses",
      { status: "completed", output: [{ content: [{ type: "output_text", text: "Yes." }] }] },
    ],
    [
      "gemini",
      { candidates: [{ content: { parts: [{ thought: true, text: "?" }, { text: "Yes." }] } }] },
    ],
  ])("%s: an answer that is no stream is read as well", (name, body) => {
    const { talk } = PROTOCOLS[name];
    expect(talk.wordsIn(body)).toBe("Yes.");
    expect(["", {}, null, { content: 1, choices: 1, candidates: 1 }].map(talk.wordsIn)).toEqual([
      "",
      "",
      "",
      "",
    ]);
  });

  it.each<[ProtocolName, unknown]>([
    [
      "openai-chat",
      {
        usage: {
          prompt_tokens: 5_000,
          completion_tokens: 7,
          prompt_tokens_details: { cached_tokens: 3_000, cache_write_tokens: 1_500 },
        },
      },
    ],
    [
      "openai-responses",
      {
        usage: {
          input_tokens: 5_000,
          output_tokens: 7,
          input_tokens_details: { cached_tokens: 3_000, cache_write_tokens: 1_500 },
        },
      },
    ],
  ])(
    "%s: what was read from the cache, and written to it, is a part of the input",
    (name, body) => {
      const reader = PROTOCOLS[name].readUsage();
      reader.onBody(body);
      expect(reader.tokens()).toEqual({
        inputTokens: 500,
        cacheWriteTokens: 1_500,
        cacheReadTokens: 3_000,
        outputTokens: 7,
      });
      const wrong = JSON.stringify(body).replace("1500", "2500");
      const other = PROTOCOLS[name].readUsage();
      other.onBody(JSON.parse(wrong));
      expect(other.tokens()).toBe("unknown");
    },
  );

  it("refuse what could cost more than it shows, and what reaches further", async () => {
    const tries: [ProtocolName, string, object, string][] = [
      ["openai-chat", CHAT, { ...chat, n: 8 }, '"n"'],
      ["openai-chat", CHAT, { ...chat, web_search_options: {} }, '"web_search_options"'],
      [
        "openai-chat",
        CHAT,
        { ...chat, messages: [{ role: "user", content: [{ type: "image_url" }] }] },
        "no image_url",
      ],
      [
        "openai-responses",
        RESPONSES,
        { ...responses, previous_response_id: "r" },
        '"previous_response_id"',
      ],
      ["openai-responses", RESPONSES, { ...responses, background: true }, '"background"'],
      [
        "openai-responses",
        RESPONSES,
        { ...responses, tools: [{ type: "web_search" }] },
        "web_search",
      ],
      [
        "openai-responses",
        RESPONSES,
        { ...responses, input: [{ type: "item_reference", id: "x" }] },
        "no item_reference",
      ],
      ["gemini", GEMINI, { contents, cachedContent: "c" }, '"cachedContent"'],
      ["gemini", GEMINI, { contents, tools: [{ googleSearch: {} }] }, "googleSearch"],
      ["gemini", GEMINI, { contents, generationConfig: { candidateCount: 8 } }, "one answer"],
      ["gemini", GEMINI.replace(MODEL, "other"), { contents }, "not of other"],
      ["gemini", "/v1beta/models/x:embedContent", { contents }, "no network"],
      ["gemini", "/v1beta/models/../files:generateContent", { contents }, "no network"],
    ];
    for (const [name, path, body, words] of tries) {
      await using lab = await openGateway({ protocol: PROTOCOLS[name], model: MODEL });
      const response = await lab.post(path, body);
      expect([words, response.status, await response.text()]).toEqual([
        words,
        403,
        expect.stringContaining(words.replaceAll('"', '\\"')),
      ]);
    }
  });
});
