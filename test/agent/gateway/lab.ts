import { connect, createServer, type Server, type Socket } from "node:net";
import { z } from "zod";
import { Gateway } from "../../../src/agent/gateway/gateway.ts";
import { CALL_LIMITS, type GatewayOptions } from "../../../src/agent/gateway/gateway-options.ts";
import { anthropic } from "../../../src/agent/gateway/protocols/anthropic.ts";
import type { WireNews } from "../../../src/agent/gateway/wire-journal.ts";
import type { TokenLease } from "../../../src/core/budget/lease.ts";
import { TokenBudget } from "../../../src/core/budget/token-budget.ts";
import { NO_USAGE } from "../../../src/core/tree/node.ts";

export const MODEL = "claude-opus-5-5";
export const KEY = "sk-ant-gateway-0123456789abcdef";

export function leaseOf(tokens: number): TokenLease {
  const budget = new TokenBudget({
    tokens,
    costUsd: null,
    model: MODEL,
    price: null,
    workers: 1,
    used: NO_USAGE,
    minimumTokens: 1,
  });
  const outcome = budget.lease();
  if (outcome.kind !== "leased") throw new Error(outcome.kind);
  return outcome.lease;
}

/** A gateway whose connections come from a port of this machine instead of a tunnel. */
export async function openGateway(
  options: Partial<GatewayOptions> & { readonly baseUrl?: string },
) {
  const journal: WireNews[] = [];
  const coolDowns: number[] = [];
  const { baseUrl = "http://127.0.0.1:9", ...others } = options;
  const gateway = new Gateway({
    protocol: anthropic,
    model: MODEL,
    access: { key: KEY, baseUrl: `${baseUrl}/v1`, keyHeaders: { "x-api-key": KEY } },
    limits: CALL_LIMITS,
    lease: leaseOf(10_000_000),
    pace: {
      wait: async (signal) => signal.throwIfAborted(),
      coolDown: (untilMs) => {
        coolDowns.push(untilMs);
        return { delayMs: 0, long: false, decision: "wait" };
      },
    },
    journal: async (news) => void journal.push(news),
    tools: {
      list: [
        {
          name: "build",
          description: "Builds.",
          inputSchema: { type: "object", properties: { a: { type: "integer" } } },
        },
      ],
      call: async (name, input) => ({
        isError: name !== "build",
        text: `${name} ${JSON.stringify(input)}`,
      }),
    },
    warn: async () => {},
    fetch,
    now: () => new Date(0),
    ...others,
  });
  const hopeless = gateway.begin("work");
  const sockets = new Set<Socket>();
  let closed = 0;
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      closed += 1;
    });
    gateway.accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}`;
  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    signal: AbortSignal | null = null,
  ) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { "x-api-key": gateway.token.text, "anthropic-version": "2023-06-01", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal,
    });
  return {
    gateway,
    hopeless,
    journal,
    coolDowns,
    url,
    closedConnections: () => closed,
    post,
    /** Sends bytes as they are, and gives all that comes back. */
    raw: (text: string) =>
      new Promise<string>((resolve) => {
        let answer = "";
        const socket = connect(port, "127.0.0.1", () => socket.write(text));
        socket.on("data", (chunk: Buffer) => {
          answer += chunk.toString();
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve(answer));
      }),
    [Symbol.asyncDispose]: async () => {
      gateway.end();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A body as Claude Code sends it. */
export function ask(words = "hello", more: object = {}) {
  const content = [{ type: "text", text: words }];
  return {
    model: MODEL,
    max_tokens: 4_000,
    stream: true,
    messages: [{ role: "user", content }],
    ...more,
  };
}
