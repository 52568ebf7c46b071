import { expect, it } from "vitest";
import { modelAccess } from "../../../src/agent/gateway/access.ts";

it("finds key and address of a model in loopty's own environment", () => {
  expect(modelAccess("anthropic", { ANTHROPIC_API_KEY: "k" })).toEqual({
    key: "k",
    baseUrl: "https://api.anthropic.com",
    keyHeaders: { "x-api-key": "k" },
  });
  expect(modelAccess("anthropic", { ANTHROPIC_AUTH_TOKEN: "t" }).keyHeaders).toEqual({
    authorization: "Bearer t",
  });
  const local = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://localhost:8000/v1/" };
  expect(modelAccess("openai-chat", local)).toEqual({
    key: "k",
    baseUrl: "http://localhost:8000",
    keyHeaders: { authorization: "Bearer k" },
  });
  expect(modelAccess("gemini", { GEMINI_API_KEY: "k" }).keyHeaders).toEqual({
    "x-goog-api-key": "k",
  });
  expect(() => modelAccess("openai-responses", { ANTHROPIC_API_KEY: "k" })).toThrow(
    "agent.kind command needs an API key for openai-responses",
  );
});
