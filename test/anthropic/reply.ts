/** What a script says; the server gives ids and signatures. */
export type Said =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string }
  | { readonly type: "tool_use"; readonly name: string; readonly input: unknown };

/** How a stream ends before its time, after that many of its events. */
export interface Break {
  readonly kind:
    | "destroy"
    | "end_early"
    | "half_json"
    | "stall"
    | "only_pings"
    | "error_event"
    | "bad_tool_json";
  readonly afterEvents: number;
  /** Of an `error_event`. */
  readonly errorType?: string;
}

export type Reply =
  | {
      readonly kind: "message";
      readonly content: readonly Said[];
      /** Left out: `tool_use` where a tool is used, else `end_turn`. With `max_tokens` the last block is cut. */
      readonly stopReason?: string;
      readonly stopDetails?: unknown;
      /** Left out: by the length of the content. */
      readonly outputTokens?: number;
      readonly break?: Break;
      /** A server that tells nothing of the input. */
      readonly withoutUsage?: boolean;
      readonly delayMs?: number;
    }
  | {
      readonly kind: "error";
      readonly status: number;
      readonly type: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A gateway's page; the model behind it answered, and bills. */
  | { readonly kind: "html"; readonly status: number }
  /** Not even headers. */
  | { readonly kind: "silence" };

export function says(...content: readonly Said[]): Reply {
  return { kind: "message", content };
}

export function text(words: string): Said {
  return { type: "text", text: words };
}

export function thinking(words: string): Said {
  return { type: "thinking", thinking: words };
}

export function use(name: string, input: unknown): Said {
  return { type: "tool_use", name, input };
}

export function breaksOff(reply: Reply, kind: Break["kind"], afterEvents: number): Reply {
  return reply.kind === "message" ? { ...reply, break: { kind, afterEvents } } : reply;
}
