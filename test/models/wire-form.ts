import type { IncomingHttpHeaders } from "node:http";

/** What a scripted model does in a turn. */
export type Move =
  | { readonly kind: "shell"; readonly command: string }
  /** Another tool of the command line, by the name and the arguments that it has there, and by its group where there are groups. */
  | {
      readonly kind: "tool";
      readonly name: string;
      readonly input: object;
      readonly group?: string;
    }
  | { readonly kind: "text"; readonly text: string };

interface Bill {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** A conversation as a server of some protocol reads it. */
interface Read {
  readonly model: string;
  /** All that was said by the client, as text. */
  readonly said: string;
  /** The most tokens that the answer may have. */
  readonly limit: unknown;
  /** Ids of the calls that the assistant made, and of those that were answered. */
  readonly calls: readonly string[];
  readonly results: readonly string[];
}

/** A protocol as its server speaks it. */
export interface WireForm {
  readonly keyOf: (headers: IncomingHttpHeaders) => string | undefined;
  /** `null` where the path is none of the protocol. */
  readonly read: (path: string, body: Record<string, unknown>) => Read | null;
  readonly write: (move: Move, id: string, bill: Bill) => string;
}

export function event(data: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}
