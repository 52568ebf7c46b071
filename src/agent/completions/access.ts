import { MissingKeyError, UserError } from "../../core/error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a server of Chat Completions is, and its key. */
export interface CompletionsAccess {
  /** The address that `/chat/completions` follows, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** "" where the server asks for none. */
  readonly key: string;
}

export const OPENAI_URL = "https://api.openai.com/v1";
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The server that loopty.yaml or the environment names. A project's file must not send the user's key where it likes: the
 * key goes where the environment says, or to OpenAI. A server of this machine that only the file names gets no key.
 * Throws `UserError` where the file names any other, where OpenAI itself is to be asked without a key, and for an address
 * in the environment that is none.
 */
export function completionsAccess(baseUrl: string | null, env: Environment): CompletionsAccess {
  const key = env.OPENAI_API_KEY ?? "";
  const own = plain(env.OPENAI_BASE_URL || OPENAI_URL);
  if (!/^https?:/.test(own) || !URL.canParse(own)) {
    throw new UserError(`OPENAI_BASE_URL is no address: ${own}`, {
      hint: "such as http://localhost:11434/v1",
    });
  }
  const asked = baseUrl === null ? own : plain(baseUrl);
  if (key === "" && asked === OPENAI_URL) {
    throw new MissingKeyError("agent.kind api needs an API key for OpenAI", {
      hint: "export OPENAI_API_KEY=..., or name another server by agent.base_url",
    });
  }
  if (key === "" || asked === own) return { baseUrl: asked, key };
  if (LOOPBACK.test(new URL(asked).hostname)) return { baseUrl: asked, key: "" };
  throw new UserError(`agent.base_url asks to send OPENAI_API_KEY to ${asked}`, {
    hint: `if that is right, export OPENAI_BASE_URL=${asked} as well; a server without a key needs OPENAI_API_KEY unset`,
  });
}

function plain(url: string): string {
  return url.replace(/\/+$/, "");
}
