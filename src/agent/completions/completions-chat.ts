import { NO_TOKENS } from "../../core/budget/price.ts";
import { parseJson } from "../../core/text/json.ts";
import type { Chat, ChatAnswer, ChatRequest, ModelServer } from "../conversation/request/chat.ts";
import type { Watch } from "../conversation/request/watch.ts";
import { EventReader } from "../gateway/event-reader.ts";
import type { CompletionsAccess } from "./access.ts";
import { AnswerReader } from "./answer-reader.ts";
import { CompletionsError } from "./completions-error.ts";
import { type CompletionsOptions, completionsBody } from "./request-body.ts";

/** Longer than any answer that fits into a model's output. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export function completionsServer(
  access: CompletionsAccess,
  options: CompletionsOptions,
): ModelServer {
  return {
    key: access.key,
    chat: (send = fetch) => new CompletionsChat(access, options, send),
  };
}

/** OpenAI's Chat Completions, which vLLM, Ollama, llama.cpp, OpenRouter, LiteLLM and others speak as well. */
class CompletionsChat implements Chat {
  readonly settings = { key: "OPENAI_API_KEY", baseUrl: "agent.base_url" };
  readonly #access: CompletionsAccess;
  readonly #options: CompletionsOptions;
  readonly #fetch: typeof fetch;

  constructor(access: CompletionsAccess, options: CompletionsOptions, send: typeof fetch) {
    this.#access = access;
    this.#options = options;
    this.#fetch = send;
  }

  async ask(request: ChatRequest, watch: Watch): Promise<ChatAnswer> {
    const { baseUrl, key } = this.#access;
    const sent = this.#fetch(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(completionsBody(request, this.#options)),
      // `fetch` would take the key along to another host.
      redirect: "manual",
      signal: watch.signal,
    });
    const response = await watch.hear(sent);
    return response.ok ? readAnswer(response) : readError(response);
  }
}

async function readAnswer(response: Response): Promise<ChatAnswer> {
  const reader = new AnswerReader();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  let isDone = false;
  const events = new EventReader((data, text) => {
    if (text === DONE) isDone = true;
    else if (!isDone) reader.push(data);
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("the answer does not come to its end");
    const piece = Buffer.from(chunk);
    if (isStream) events.push(piece);
    else chunks.push(piece);
  }
  if (!isStream) reader.push(parseJson(Buffer.concat(chunks).toString("utf8")));
  return reader.end();
}

const DONE = "[DONE]";

async function readError(response: Response): Promise<ChatAnswer> {
  const error = new CompletionsError(parseJson(await response.text()), response);
  if (!error.isTooLong) throw error;
  return {
    message: {
      id: "",
      content: [],
      stop_reason: "model_context_window_exceeded",
      stop_details: null,
    },
    tokens: NO_TOKENS,
  };
}
