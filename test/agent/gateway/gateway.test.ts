import { describe, expect, it } from "vitest";
import { breaksOff, type Reply, says, text } from "../../anthropic/reply.ts";
import { StrictServer } from "../../anthropic/server.ts";
import { ask, KEY, leaseOf, openGateway } from "./lab.ts";

const PATH = "/v1/messages?beta=true";
const hello: Reply = says(text("Hello."));

async function openBoth(reply: Reply, options: Parameters<typeof openGateway>[0] = {}) {
  const server = await StrictServer.start(() => reply, KEY);
  const lab = await openGateway({ baseUrl: server.url, ...options });
  return {
    ...lab,
    server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}

describe("a node's gateway", () => {
  it("passes a call on with the real key, and counts what the server bills", async () => {
    const lease = leaseOf(1_000_000);
    await using lab = await openBoth(hello, { lease });
    const response = await lab.post(PATH, ask());
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('"text":"Hel');
    expect(lab.server.billedTokens).toBeGreaterThan(0);
    expect(lease.used.tokens).toBe(lab.server.billedTokens);
    expect(lab.journal.map(({ type }) => type)).toEqual(["wire_request", "wire_answer"]);
    expect(JSON.stringify(lab.journal)).not.toContain(KEY);
    expect(lab.gateway.fault).toBeNull();
  });

  it("asks for shorter answers where the lease has less room, and for none where it has too little", async () => {
    const lease = leaseOf(18_000);
    await using lab = await openBoth(hello, { lease });
    await (await lab.post(PATH, ask("hello", { max_tokens: 100_000 }))).text();
    const [sent] = lab.server.requests;
    expect(sent?.body.max_tokens).toBeLessThan(9_000);
    const refused = await lab.post(PATH, ask("x".repeat(12_000)));
    expect(refused.status).toBe(400);
    expect(refused.headers.get("x-should-retry")).toBe("false");
    expect(await refused.json()).toMatchObject({
      error: { message: expect.stringContaining("leaves no room for another request") },
    });
    expect(lab.server.requests).toHaveLength(1);
    expect(lab.gateway.isSpent).toBe(true);
  });

  it("counts a stream that was cut as a whole", async () => {
    const lease = leaseOf(1_000_000);
    for (const kind of ["destroy", "end_early", "half_json"] as const) {
      await using lab = await openBoth(breaksOff(hello, kind, 3), { lease });
      const before = lease.used.tokens;
      await (await lab.post(PATH, ask())).text().catch(() => {});
      await expect.poll(() => lab.journal.at(-1)?.type).toBe("wire_answer");
      const [request] = lab.journal;
      if (request?.type !== "wire_request") throw new Error("no request");
      const { input, output } = request.reserved;
      expect([kind, lease.used.tokens - before]).toEqual([kind, input + output]);
    }
  });

  it("ends a call that its client left, and counts it as a whole", async () => {
    await using lab = await openBoth(breaksOff(hello, "stall", 3));
    const leave = new AbortController();
    const response = await fetch(`${lab.url}${PATH}`, {
      method: "POST",
      headers: { "x-api-key": lab.gateway.token.text, "anthropic-version": "2023-06-01" },
      body: JSON.stringify(ask()),
      signal: leave.signal,
    });
    expect(response.status).toBe(200);
    leave.abort();
    await expect
      .poll(() => lab.journal.at(-1))
      .toMatchObject({ type: "wire_answer", tokens: "unknown" });
  });

  it("leaves a busy server alone for all, as long as it asks", async () => {
    const busy: Reply = {
      kind: "error",
      status: 429,
      type: "rate_limit_error",
      headers: { "retry-after": "7" },
    };
    const lease = leaseOf(1_000_000);
    await using lab = await openBoth(busy, { lease });
    const response = await lab.post(PATH, ask());
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
    await response.text();
    await expect.poll(() => lab.coolDowns).toEqual([7_000]);
    expect(lease.used.tokens).toBe(0);
    expect(lab.gateway.fault).toMatchObject({ status: 429 });
  });

  it("serves loopty's own tools to those who show the token", async () => {
  it("does not wait for an account that has to pay first, and ends the client", async () => {
    const unpaid = { code: "insufficient_quota", type: "insufficient_quota", message: "No more." };
    const fetch = async () => Response.json({ error: unpaid }, { status: 429 });
    const lease = leaseOf(1_000_000);
    await using lab = await openGateway({ fetch, lease });
    expect((await lab.post(PATH, ask())).status).toBe(429);
    await expect.poll(() => lab.hopeless.aborted).toBe(true);
    expect(lab.coolDowns).toEqual([]);
    expect(lease.used.tokens).toBe(0);
    expect(lab.gateway.fault).toEqual({
      status: 402,
      reason: expect.stringMatching(/^the API answered 429: .*No more\./),
    });
  });

    await using lab = await openGateway({});
    const done = await lab.post("/loopty/build", { a: 1 });
    expect([done.status, await done.text()]).toEqual([200, 'build {"a":1}']);
    expect((await lab.post("/loopty/other", {})).status).toBe(422);
    expect((await lab.post("/loopty/build", {}, { "x-api-key": "guess" })).status).toBe(401);
  });

  it("notices a client that does not hear a refusal", async () => {
    await using lab = await openGateway({});
    for (let count = 0; count < 20; count += 1) await lab.post("/v1/complete", {});
    expect(String(lab.hopeless.reason)).toContain("20 times");
  });

  it("ends with its node", async () => {
    await using lab = await openBoth(hello);
    lab.gateway.end();
    await expect(lab.post(PATH, ask())).rejects.toThrow();
    expect(lab.server.requests).toEqual([]);
  });
});
