import { MissingKeyError, UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import type { ModelAccess } from "./gateway-options.ts";
import type { ProtocolName } from "./protocols/names.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface Provider {
  readonly keyName: string;
  readonly urlName: string;
  readonly url: string;
  /** The address that the calls' own paths follow, made of what people write there. */
  readonly versioned: (url: string) => string;
  readonly keyHeaders: (key: string) => ModelAccess["keyHeaders"];
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
/** Where the version is a part of what the protocol adds, people write it all the same. */
const withVersion = (version: string) => (url: string) =>
  `${url.replace(/\/v1(beta)?(\/messages|\/models)?$/, "")}/${version}`;
const OPENAI: Provider = {
  keyName: "OPENAI_API_KEY",
  urlName: "OPENAI_BASE_URL",
  url: "https://api.openai.com/v1",
  // OpenAI's own libraries add nothing but the call's name, and servers have it at /api/v1, /openai/v1 or /v1beta/openai.
  versioned: (given) => {
    const url = given.replace(/\/(chat\/completions|responses)$/, "");
    return new URL(url).pathname === "/" ? `${url}/v1` : url;
  },
  keyHeaders: bearer,
};
const PROVIDERS: Readonly<Record<ProtocolName, Provider>> = {
  anthropic: {
    keyName: "ANTHROPIC_API_KEY",
    urlName: "ANTHROPIC_BASE_URL",
    url: "https://api.anthropic.com",
    versioned: withVersion("v1"),
    keyHeaders: (key) => ({ "x-api-key": key }),
  },
  "openai-responses": OPENAI,
  "openai-chat": OPENAI,
  gemini: {
    keyName: "GEMINI_API_KEY",
    urlName: "GOOGLE_GEMINI_BASE_URL",
    url: "https://generativelanguage.googleapis.com",
    versioned: withVersion("v1beta"),
    keyHeaders: (key) => ({ "x-goog-api-key": key }),
  },
};

/**
 * Where the model is, and its key, as loopty's own environment says. Throws `MissingKeyError` where there is no key, and `UserError`
 * where the address is none.
 */
export function modelAccess(protocol: ProtocolName, env: Environment): ModelAccess {
  const { keyName, urlName, url, versioned, keyHeaders } = PROVIDERS[protocol];
  const given = (env[urlName] || url).trim().replace(/\/+$/, "");
  if (!/^https?:\/\//.test(given) || !URL.canParse(given)) {
    throw new UserError(`${urlName} is no address: ${printable(given, 200)}`, {
      hint: `such as ${url}`,
    });
  }
  const baseUrl = versioned(given);
  const key = env[keyName];
  if (key) return { key, baseUrl, keyHeaders: keyHeaders(key) };
  const token = protocol === "anthropic" ? env.ANTHROPIC_AUTH_TOKEN : undefined;
  if (token) return { key: token, baseUrl, keyHeaders: bearer(token) };
  throw new MissingKeyError(`agent.kind command needs an API key for ${protocol}`, {
    hint: `export ${keyName}=...; it stays outside of the containers`,
  });
}
