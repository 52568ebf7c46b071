import fc from "fast-check";
import { expect, it } from "vitest";
import type { WireNews } from "../../../src/agent/gateway/wire-journal.ts";
import { usageOfWire } from "../../../src/agent/gateway/wire-journal.ts";
import { ask, leaseOf, openGateway } from "./lab.ts";

const ends = ["whole", "cut", "no_usage", "busy", "broken", "page"] as const;
const call = fc.record({
  words: fc.integer({ min: 1, max: 6_000 }),
  wanted: fc.integer({ min: 1, max: 50_000 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  end: fc.constantFrom(...ends),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** A server that bills as much as it may, whatever its client gets to see. */
function server(calls: readonly Call[]) {
  let billed = 0;
  let next = 0;
  const answer: typeof fetch = async (_, init = {}) => {
    const { share, end } = calls[next++ % calls.length] ?? { share: 1, end: "whole" };
    const body = String(init.body);
    const output = Math.ceil(JSON.parse(body).max_tokens * share);
    const input = Math.ceil(Buffer.byteLength(body) * share);
    if (end === "busy") return new Response('{"error":{}}', { status: 429 });
    billed += input + output;
    if (end === "broken") throw new Error("fetch failed");
    if (end === "page") return new Response("<html>", { status: 502 });
    const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
    const usage = end === "no_usage" ? {} : { input_tokens: input, output_tokens: output };
    const all = [
      event({ type: "message_start", message: { usage: { ...usage, output_tokens: 1 } } }),
      event({ type: "message_delta", usage: { output_tokens: output } }),
      ...(end === "cut" ? [] : [event({ type: "message_stop" })]),
    ];
    return new Response(all.join(""), { headers: { "content-type": "text/event-stream" } });
  };
  return { fetch: answer, billed: () => billed };
}

it("never spends more than the lease, whatever servers and clients do, and the transcript knows as much", async () => {
  const schedules = fc.array(call, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      schedules,
      fc.integer({ min: 10_000, max: 150_000 }),
      async (calls, tokens) => {
        const lease = leaseOf(tokens);
        const upstream = server(calls);
        const lines: WireNews[] = [];
        await using lab = await openGateway({
          lease,
          fetch: upstream.fetch,
          journal: async (news) => void lines.push(news),
        });
        await Promise.all(
          calls.map(({ words, wanted }) =>
            lab
              .post("/v1/messages", ask("x".repeat(words), { max_tokens: wanted }))
              .then((response) => response.text())
              .catch(() => ""),
          ),
        );
        const answers = () => lines.filter(({ type }) => type === "wire_answer").length;
        const sent = lines.filter(({ type }) => type === "wire_request").length;
        await expect.poll(answers).toBe(sent);
        expect(lease.used.tokens).toBeLessThanOrEqual(tokens);
        expect(upstream.billed()).toBeLessThanOrEqual(lease.used.tokens);
        const at = new Date(0).toISOString();
        const text = lines.map((line) => `${JSON.stringify({ v: 1, at, ...line })}\n`).join("");
        const counted = usageOfWire(Buffer.from(text), null);
        expect(counted).toMatchObject({ usage: { tokens: lease.used.tokens }, lostLines: 0 });
      },
    ),
    { numRuns: 300 },
  );
});
