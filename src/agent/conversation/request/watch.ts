/** How long an answer may take. */
export interface AnswerLimits {
  /** Longest time without a single byte, pings included. */
  readonly silenceMs: number;
  /** Longest time from sending to the last byte. */
  readonly totalMs: number;
}

/**
 * Watches one request. The SDK's own timeout ends with the headers, and its iterators do not deliver pings. So only the
 * bytes of the body show whether a server is silent or thinking.
 *
 * The watch passes the caller's signal on by itself: in Node 20 `AbortSignal.any` loses a timeout's signal that nothing
 * else holds.
 */
export class Watch implements Disposable {
  readonly #controller = new AbortController();
  readonly #limits: AnswerLimits;
  readonly #caller: AbortSignal;
  readonly #passOn = () => this.#controller.abort(this.#caller.reason);
  readonly #total: NodeJS.Timeout;
  #silence: NodeJS.Timeout | undefined;
  #thrown: unknown;
  #over = false;

  constructor(limits: AnswerLimits, caller: AbortSignal) {
    this.#limits = limits;
    this.#caller = caller;
    caller.addEventListener("abort", this.#passOn, { once: true });
    this.#total = setTimeout(
      () => this.#controller.abort(`the answer took more than ${limits.totalMs / 1000} s`),
      limits.totalMs,
    );
    this.#hear();
  }

  /** Aborted by the caller's signal, or by a limit, whose words are then its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error that `fetch` itself threw. The SDK drops it where the words look like a timeout. */
  get thrown(): unknown {
    return this.#thrown;
  }

  /** Longest time from sending to the last byte. */
  get totalMs(): number {
    return this.#limits.totalMs;
  }

  /** The response that is on its way, whose every byte is heard. */
  async hear(sent: Promise<Response>): Promise<Response> {
    const response = await sent.catch((error: unknown) => {
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
    // The signal is passed because `fetch` does not reliably end a body that it has handed out.
    return new Response(response.body.pipeThrough(heard, { signal: this.signal }), response);
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#caller.removeEventListener("abort", this.#passOn);
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
