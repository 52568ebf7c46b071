import type { ServerResponse } from "node:http";
import type { Break, Said } from "../anthropic/reply.ts";

export interface Bill {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface StreamedAnswer {
  readonly id: string;
  readonly content: readonly Said[];
  readonly refusal: string | null;
  readonly finish: string;
  /** `null`: a server that does not say what it bills. */
  readonly bill: Bill | null;
}

const PING_MS = 5;

function wire(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** An answer as it goes over the wire, in pieces small enough that a break can come anywhere. */
export function chunksOf({ id, content, refusal, finish, bill }: StreamedAnswer): string[] {
  const base = { id, object: "chat.completion.chunk", created: 1, model: "m" };
  const chunk = (delta: object, finish_reason: string | null = null) =>
    wire({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason }], usage: null });
  const calls = content.filter((said) => said.type === "tool_use");
  const deltas = content.flatMap((said): object[] => {
    if (said.type === "text") return halves(said.text).map((half) => ({ content: half }));
    if (said.type === "thinking") return [{ reasoning_content: said.thinking }];
    const index = calls.indexOf(said);
    const call = { index, id: `${id}_call_${index}`, type: "function" };
    return [
      { tool_calls: [{ ...call, function: { name: said.name, arguments: "" } }] },
      ...halves(JSON.stringify(said.input)).map((half) => ({
        tool_calls: [{ index, function: { arguments: half } }],
      })),
    ];
  });
  const usage = bill && {
    prompt_tokens: bill.input,
    prompt_tokens_details: { cached_tokens: bill.cached },
    completion_tokens: bill.output,
    total_tokens: bill.input + bill.output,
  };
  return [
    ": a comment, as some send to keep the connection\n\n",
    chunk({ role: "assistant", content: "" }),
    ...deltas.map((delta) => chunk(delta)),
    ...(refusal === null ? [] : [chunk({ refusal })]),
    chunk({}, finish),
    ...(usage === null ? [] : [wire({ ...base, choices: [], usage })]),
    "data: [DONE]\n\n",
  ];
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** Sends the first chunks of a stream, and ends it as no stream should end. */
export function breakOff(response: ServerResponse, chunks: readonly string[], how: Break): void {
  // Neither the end of the answer nor what comes after it.
  response.write(chunks.slice(0, -3).slice(0, how.afterEvents).join(""));
  switch (how.kind) {
    case "destroy":
      setTimeout(() => response.destroy(), PING_MS);
      return;
    case "end_early":
      response.end();
      return;
    case "half_json":
    case "bad_tool_json":
      response.end('data: {"id":"c","choices":[{"ind\n\ndata: [DONE]\n\n');
      return;
    case "stall":
      return;
    case "only_pings": {
      const pings = setInterval(() => response.write(": ping\n\n"), PING_MS);
      response.on("close", () => clearInterval(pings));
      return;
    }
    case "error_event": {
      const type = how.errorType ?? "overloaded";
      response.end(wire({ error: { type, code: null, message: "Overloaded" } }));
    }
  }
}
