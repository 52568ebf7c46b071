import { describe, expect, it } from "vitest";
import { completionsAccess } from "../../../src/agent/completions/access.ts";

const KEY = "sk-test";
const OPENAI = "https://api.openai.com/v1";
const OWN = "https://models.example/v1";

describe("completionsAccess", () => {
  it.each([
    ["OpenAI where nothing else is named", null, { OPENAI_API_KEY: KEY }, OPENAI, KEY],
    [
      "the environment's server",
      null,
      { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${OWN}/` },
      OWN,
      KEY,
    ],
    [
      "the project's server, which the environment names as well",
      `${OWN}/`,
      { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: OWN },
      OWN,
      KEY,
    ],
    ["another server without a key", OWN, {}, OWN, ""],
    ["an empty key as none", OWN, { OPENAI_API_KEY: "" }, OWN, ""],
  ])("takes %s", (_, asked, env, baseUrl, key) => {
    expect(completionsAccess(asked, env)).toEqual({ baseUrl, key });
  });

  it.each([
    "http://localhost:11434/v1",
    "http://LOCALHOST:11434/v1",
    "http://127.0.0.1:8000/v1",
    "http://[::1]:8000/v1",
  ])("keeps the key from a server of this machine that only the project names: %s", (url) => {
    expect(completionsAccess(url, { OPENAI_API_KEY: KEY })).toEqual({ baseUrl: url, key: "" });
    const named = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url };
    expect(completionsAccess(url, named).key).toBe(KEY);
  });

  it.each([
    "https://models.example/v1",
    "https://api.openai.com.models.example/v1",
    "http://api.openai.com/v1",
    "http://localhost.models.example/v1",
    "http://127.0.0.1@models.example/v1",
  ])("sends the key to no host that only the project names: %s", (url) => {
    expect(() => completionsAccess(url, { OPENAI_API_KEY: KEY })).toThrow(
      `agent.base_url asks to send OPENAI_API_KEY to ${url}`,
    );
  });

  it("asks for a key for OpenAI", () => {
    expect(() => completionsAccess(null, {})).toThrow("agent.kind api needs an API key for OpenAI");
    expect(() => completionsAccess(`${OPENAI}/`, {})).toThrow("needs an API key");
  });

  it("refuses an address in the environment that is none", () => {
    expect(() => completionsAccess(null, { OPENAI_BASE_URL: "localhost:11434/v1" })).toThrow(
      "OPENAI_BASE_URL is no address: localhost:11434/v1",
    );
  });
});
