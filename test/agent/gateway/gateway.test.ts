import { describe, expect, it } from "vitest";
import { breaksOff, type Reply, says, text } from "../../anthropic/reply.ts";
import { StrictServer } from "../../anthropic/server.ts";
import { ask, KEY, leaseOf, openGateway } from "./lab.ts";

const PATH = "/v1/messages?beta=true";
const NO_SIGNAL = new AbortController().signal;
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
    const response = await lab.post(PATH, ask(), {}, leave.signal);
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

  it("asks on where the last answered call ended, with that client's own headers", async () => {
    const lease = leaseOf(1_000_000);
    await using lab = await openBoth(hello, { lease });
    expect(await lab.gateway.ask("Why?", 8_000, NO_SIGNAL)).toBeNull();
    await (await lab.post(PATH, ask("hello", { max_tokens: 20_000 }))).text();
    expect(await lab.gateway.ask("Why?", 8_000, NO_SIGNAL)).toBe("Hello.");
    expect(lab.server.refusals).toEqual([]);
    expect(lab.server.requests[1]?.body).toMatchObject({
      max_tokens: 8_000,
      messages: [{ role: "user" }, { role: "user", content: [{ type: "text", text: "Why?" }] }],
    });
    expect(lease.used.tokens).toBe(lab.server.billedTokens);
  });

  it("asks nothing on where the lease has no room, and has no answer of a server that fails", async () => {
    await using lab = await openBoth(hello, { lease: leaseOf(18_000) });
    await (await lab.post(PATH, ask("hello", { max_tokens: 500 }))).text();
    expect(await lab.gateway.ask("x".repeat(18_000), 8_000, NO_SIGNAL)).toBeNull();
    expect(lab.server.requests).toHaveLength(1);

    const answers = [hello, { kind: "error", status: 500, type: "api_error" } as const];
    const script = () => answers.shift() ?? hello;
    await using server = await StrictServer.start(script, KEY);
    await using failing = await openGateway({ baseUrl: server.url });
    await (await failing.post(PATH, ask())).text();
    expect(await failing.gateway.ask("Why?", 8_000, NO_SIGNAL)).toBeNull();

    let isFirst = true;
    const gone: typeof fetch = async (...request) => {
      if (!isFirst) throw new Error("fetch failed");
      isFirst = false;
      return fetch(...request);
    };
    await using broken = await openBoth(hello, { fetch: gone });
    await (await broken.post(PATH, ask())).text();
    expect(await broken.gateway.ask("Why?", 8_000, NO_SIGNAL)).toBeNull();
    broken.gateway.end();
    expect(await broken.gateway.ask("Why?", 8_000, NO_SIGNAL)).toBeNull();
  });

  it("counts a question whose answer nobody waits for as a whole, before it says so", async () => {
    const answers = [hello, breaksOff(hello, "stall", 3)];
    const script = () => answers.shift() ?? hello;
    await using server = await StrictServer.start(script, KEY);
    const lease = leaseOf(1_000_000);
    await using lab = await openGateway({ baseUrl: server.url, lease });
    await (await lab.post(PATH, ask())).text();
    const stop = new AbortController();
    const asked = lab.gateway.ask("Why?", 8_000, stop.signal);
    await expect.poll(() => server.requests.length).toBe(2);
    const before = lease.used.tokens;
    stop.abort();
    expect(await asked).toBeNull();
    const request = lab.journal.findLast(({ type }) => type === "wire_request");
    if (request?.type !== "wire_request") throw new Error("no request");
    const { input, output } = request.reserved;
    expect(lease.used.tokens - before).toBe(input + output);
  });

  it("sends no call whose client left while it waited for its turn", async () => {
    let waiting = 0;
    let begin = () => {};
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const pace = {
      wait: () => {
        waiting += 1;
        return turn;
      },
      coolDown: () => ({ delayMs: 0, long: false, decision: "wait" }) as const,
    };
    await using lab = await openBoth(hello, { pace });
    const leave = new AbortController();
    const left = lab.post(PATH, ask(), {}, leave.signal);
    await expect.poll(() => waiting).toBe(1);
    leave.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => lab.closedConnections()).toBe(1);
    begin();
    expect((await lab.post(PATH, ask())).status).toBe(200);
    expect(lab.server.requests).toHaveLength(1);
  });

  it("serves loopty's own tools to those who show the token", async () => {
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

  it("is not deceived by calls of tools between the refusals", async () => {
    await using lab = await openGateway({});
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
    const headers = {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    };
    for (let count = 0; count < 20; count += 1) {
      expect(lab.hopeless.aborted).toBe(false);
      await lab.post("/v1/complete", {});
      await (await lab.post("/mcp", list, headers)).text();
      await (await lab.post("/loopty/build", {})).text();
    }
    expect(String(lab.hopeless.reason)).toContain("20 times");
  });

  it("forgets its refusals once it asks for what it gets", async () => {
    await using lab = await openBoth(hello);
    for (let count = 0; count < 25; count += 1) {
      await lab.post("/v1/complete", {});
      if (count % 10 === 0) await (await lab.post(PATH, ask())).text();
    }
    expect(lab.hopeless.aborted).toBe(false);
  });

  it("ends with its node", async () => {
    await using lab = await openBoth(hello);
    lab.gateway.end();
    await expect(lab.post(PATH, ask())).rejects.toThrow();
    expect(lab.server.requests).toEqual([]);
  });
});
