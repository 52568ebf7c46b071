import { expect, it } from "vitest";
import { modelAccess } from "../../../src/agent/gateway/access.ts";
import type { ProtocolName } from "../../../src/agent/gateway/protocols/names.ts";

it("finds key and address of a model in loopty's own environment", () => {
  expect(modelAccess("anthropic", { ANTHROPIC_API_KEY: "k" })).toEqual({
    key: "k",
    baseUrl: "https://api.anthropic.com/v1",
    keyHeaders: { "x-api-key": "k" },
  });
  expect(modelAccess("anthropic", { ANTHROPIC_AUTH_TOKEN: "t" }).keyHeaders).toEqual({
    authorization: "Bearer t",
  });
  const local = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://localhost:8000/v1/" };
  expect(modelAccess("openai-chat", local)).toEqual({
    key: "k",
    baseUrl: "http://localhost:8000/v1",
    keyHeaders: { authorization: "Bearer k" },
  });
  expect(modelAccess("gemini", { GEMINI_API_KEY: "k" }).keyHeaders).toEqual({
    "x-goog-api-key": "k",
  });
  expect(() => modelAccess("openai-responses", { ANTHROPIC_API_KEY: "k" })).toThrow(
    "agent.kind command needs an API key for openai-responses",
  );
});

it.each<[ProtocolName, string, string]>([
  ["openai-chat", "https://api.openai.com", "https://api.openai.com/v1"],
  ["openai-chat", "https://api.openai.com/v1/", "https://api.openai.com/v1"],
  ["openai-chat", "http://localhost:11434/", "http://localhost:11434/v1"],
  ["openai-chat", "https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"],
  ["openai-chat", "https://openrouter.ai/api/v1/chat/completions", "https://openrouter.ai/api/v1"],
  ["openai-responses", "https://a.example/openai/v1/responses/", "https://a.example/openai/v1"],
  ["openai-chat", "https://g.example/v1beta/openai/", "https://g.example/v1beta/openai"],
  ["anthropic", "https://api.anthropic.com/v1/", "https://api.anthropic.com/v1"],
  ["anthropic", "https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1"],
  ["anthropic", "https://openrouter.ai/api", "https://openrouter.ai/api/v1"],
  ["anthropic", " https://d.example/anthropic/ ", "https://d.example/anthropic/v1"],
  ["gemini", "https://g.example", "https://g.example/v1beta"],
  ["gemini", "https://g.example/v1beta/models", "https://g.example/v1beta"],
  ["gemini", "https://g.example/proxy/v1", "https://g.example/proxy/v1beta"],
])("%s: understands %s as an address", (protocol, given, baseUrl) => {
  const keys = { ANTHROPIC_API_KEY: "k", OPENAI_API_KEY: "k", GEMINI_API_KEY: "k" };
  const urls = {
    ANTHROPIC_BASE_URL: given,
    OPENAI_BASE_URL: given,
    GOOGLE_GEMINI_BASE_URL: given,
  };
  expect(modelAccess(protocol, { ...keys, ...urls }).baseUrl).toBe(baseUrl);
});

it("takes no address that is none", () => {
  for (const given of ["localhost:8000", "openrouter.ai/api/v1", "https://"]) {
    const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: given };
    expect(() => modelAccess("openai-chat", env)).toThrow("OPENAI_BASE_URL is no address");
  }
});
