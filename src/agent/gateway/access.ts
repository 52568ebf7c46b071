import { MissingKeyError } from "../../core/error.ts";
import type { ModelAccess } from "./gateway-options.ts";
import type { ProtocolName } from "./protocols/names.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface Provider {
  readonly keyName: string;
  readonly urlName: string;
  readonly url: string;
  readonly keyHeaders: (key: string) => ModelAccess["keyHeaders"];
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const OPENAI: Provider = {
  keyName: "OPENAI_API_KEY",
  urlName: "OPENAI_BASE_URL",
  url: "https://api.openai.com",
  keyHeaders: bearer,
};
const PROVIDERS: Readonly<Record<ProtocolName, Provider>> = {
  anthropic: {
    keyName: "ANTHROPIC_API_KEY",
    urlName: "ANTHROPIC_BASE_URL",
    url: "https://api.anthropic.com",
    keyHeaders: (key) => ({ "x-api-key": key }),
  },
  "openai-responses": OPENAI,
  "openai-chat": OPENAI,
  gemini: {
    keyName: "GEMINI_API_KEY",
    urlName: "GOOGLE_GEMINI_BASE_URL",
    url: "https://generativelanguage.googleapis.com",
    keyHeaders: (key) => ({ "x-goog-api-key": key }),
  },
};

/** Where the model is, and its key, as loopty's own environment says. Throws `MissingKeyError` where there is no key. */
export function modelAccess(protocol: ProtocolName, env: Environment): ModelAccess {
  const { keyName, urlName, url, keyHeaders } = PROVIDERS[protocol];
  // OpenAI's own base URL ends in /v1, and Anthropic's does not.
  const baseUrl = (env[urlName] || url).replace(/\/+$/, "").replace(/\/v1(beta)?$/, "");
  const key = env[keyName];
  if (key) return { key, baseUrl, keyHeaders: keyHeaders(key) };
  const token = protocol === "anthropic" ? env.ANTHROPIC_AUTH_TOKEN : undefined;
  if (token) return { key: token, baseUrl, keyHeaders: bearer(token) };
  throw new MissingKeyError(`agent.kind command needs an API key for ${protocol}`, {
    hint: `export ${keyName}=...; it stays outside of the containers`,
  });
}
