import type { TokenLease } from "../../core/budget/lease.ts";
import type { RequestPace } from "../../core/budget/pace.ts";
import type { Protocol } from "./protocol.ts";
import type { WireNews } from "./wire-journal.ts";

/** What one node's gateway depends on. */
export interface GatewayOptions {
  readonly protocol: Protocol;
  readonly model: string;
  readonly access: ModelAccess;
  readonly limits: CallLimits;
  /** Whoever opened it closes it, once the node is done. */
  readonly lease: TokenLease;
  /** Shared by all workers. */
  readonly pace: RequestPace;
  /** Resolves when the entry is kept. Nothing is sent before. */
  readonly journal: (news: WireNews) => Promise<void>;
  readonly tools: OwnTools;
  readonly warn: (message: string) => Promise<void>;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
}

/** loopty's own tools. */
export interface OwnTools {
  /** Those that work here. */
  readonly list: readonly OwnTool[];
  call(name: string, input: unknown): Promise<ToolAnswer>;
}

/** A tool as a model sees it. */
export interface OwnTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** A tool's answer, in words for the agent. */
export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
}

/** Where the model is, and the key that no container sees. */
export interface ModelAccess {
  readonly key: string;
  readonly keyHeaders: Readonly<Record<string, string>>;
  /** The address that stands for the version in the protocol's paths, such as `https://api.anthropic.com/v1`. */
  readonly baseUrl: string;
}

export interface CallLimits {
  /** Output tokens of a call, thinking included. */
  readonly maxOutput: number;
  /** Nothing is asked any more with less than this left. */
  readonly minOutput: number;
  /** Longest time without a single byte. */
  readonly silenceMs: number;
  /** Longest time from sending to the last byte. */
  readonly totalMs: number;
}

export const CALL_LIMITS: CallLimits = {
  maxOutput: 32_000,
  minOutput: 2_000,
  silenceMs: 120_000,
  totalMs: 900_000,
};

/** A call that the model's server did not answer. */
export interface ServerFault {
  /** `null` where there was no whole answer. */
  readonly status: number | null;
  readonly reason: string;
}
