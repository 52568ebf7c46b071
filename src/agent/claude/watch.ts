import type { Middleware } from "@anthropic-ai/sdk";

/** How long an answer may take. */
export interface AnswerLimits {
  /** Without a single byte, pings included. */
  readonly silenceMs: number;
  /** From sending to the last byte. */
  readonly totalMs: number;
}

/**
 * Watches one request. The SDK's own timeout ends with the headers, and its iterators do not deliver pings, so that
 * silence can only be told from thinking by the bytes of the body.
 */
export class Watch implements Disposable {
  readonly #controller = new AbortController();
  readonly #limits: AnswerLimits;
  readonly #total: NodeJS.Timeout;
  #silence: NodeJS.Timeout | undefined;
  #thrown: unknown;
  #over = false;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
    this.#total = setTimeout(
      () => this.#controller.abort(`the answer took more than ${limits.totalMs / 1000} s`),
      limits.totalMs,
    );
    this.#hear();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What `fetch` itself threw: the SDK drops it where the words look like a timeout. */
  get thrown(): unknown {
    return this.#thrown;
  }

  readonly middleware: Middleware = async (request, next) => {
    const response = await next(request).catch((error: unknown) => {
      this.#thrown = error;
      throw error;
    });
    this.#hear();
    if (response.body === null) return response;
    const heard = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        this.#hear();
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(heard), response);
  };

  [Symbol.dispose](): void {
    this.#over = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#total);
  }

  #hear(): void {
    clearTimeout(this.#silence);
    if (this.#over) return;
    const { silenceMs } = this.#limits;
    this.#silence = setTimeout(
      () => this.#controller.abort(`nothing came for ${silenceMs / 1000} s`),
      silenceMs,
    );
  }
}
