import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ask, KEY, MODEL, openGateway } from "../agent/gateway/lab.ts";

const PATH = "/v1/messages";

/** A server that gives whatever it gets back as an answer, and remembers it. */
function echoing() {
  const seen: { readonly url: string; readonly init: RequestInit }[] = [];
  const answer: typeof fetch = async (input, init = {}) => {
    seen.push({ url: String(input), init });
    return new Response(JSON.stringify({ echoed: [init.headers, init.body], usage: null }), {
      headers: { "content-type": "application/json", "set-cookie": KEY, "request-id": `r-${KEY}` },
    });
  };
  return { seen, fetch: answer };
}

describe("attacks on a node's gateway", () => {
  it("takes the key out of answers, headers and the journal, wherever it is cut", async () => {
    const cut: typeof fetch = async () => {
      const pieces = [
        `{"a":"${KEY.slice(0, 9)}`,
        KEY.slice(9, 20),
        `${KEY.slice(20)}","b":"sk-ant-g"}`,
      ];
      const body = new ReadableStream({
        start: (controller) => {
          for (const piece of pieces) controller.enqueue(Buffer.from(piece));
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "application/json" } });
    };
    for (const upstream of [echoing().fetch, cut]) {
      await using lab = await openGateway({ fetch: upstream });
      const response = await lab.post(PATH, ask());
      const told = JSON.stringify([await response.text(), [...response.headers], lab.journal]);
      expect(told).not.toContain(KEY);
      expect(told).toContain("[API key]");
    }
  });

  it("sends nothing of the client's but the call itself, and only to the model's server", async () => {
    const { seen, fetch } = echoing();
    await using lab = await openGateway({ fetch, baseUrl: "https://model.example" });
    const hostile = {
      host: "evil.example",
      authorization: "Bearer stolen",
      cookie: "a=b",
      forwarded: "for=evil",
      "x-forwarded-host": "evil.example",
      "x-forwarded-for": "1.2.3.4",
      "accept-encoding": "zstd, gzip",
      "anthropic-beta": "tools-2026",
    };
    await (await lab.post(`${PATH}?beta=true`, ask(), hostile)).text();
    expect(seen.map(({ url }) => url)).toEqual(["https://model.example/v1/messages"]);
    expect(seen[0]?.init.headers).toEqual({
      "x-api-key": KEY,
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "tools-2026",
      "content-type": "application/json",
      "accept-encoding": "identity",
    });
    expect(seen[0]?.init.redirect).toBe("manual");
  });

  it("refuses everything that is no call of the run's model, in words", async () => {
    const { seen, fetch } = echoing();
    await using lab = await openGateway({ fetch });
    const tools = [{ type: "web_search_20250305", name: "web_search" }];
    const image = [
      { role: "user", content: [{ type: "image", source: { type: "url", url: "x" } }] },
    ];
    const tries: [string, unknown, number, string][] = [
      ["/v1/messages/batches", ask(), 403, "no network"],
      ["/v1/files", ask(), 403, "no network"],
      ["/v1/models", ask(), 403, "no network"],
      [PATH, ask("x", { model: "claude-other" }), 403, "not of claude-other"],
      [PATH, ask("x", { service_tier: "priority" }), 403, '"service_tier"'],
      [PATH, ask("x", { mcp_servers: [] }), 403, '"mcp_servers"'],
      [PATH, ask("x", { tools }), 403, "web_search_20250305"],
      [PATH, ask("x", { messages: image }), 403, "no image"],
      [PATH, "[1]", 400, "no JSON object"],
      [PATH, `${"[".repeat(100)}${"]".repeat(100)}`, 400, "no JSON object"],
      [PATH, { model: MODEL }, 400, "no call of a model"],
    ];
    for (const [path, body, status, words] of tries) {
      const response = await lab.post(path, body);
      expect([path, response.status, await response.text()]).toEqual([
        path,
        status,
        expect.stringContaining(words.replaceAll('"', '\\"')),
      ]);
    }
    expect(seen).toEqual([]);
  });

  it("takes another node's token for none", async () => {
    await using one = await openGateway({});
    await using other = await openGateway({});
    for (const token of [other.gateway.token.text, "", `${one.gateway.token.text}x`]) {
      const response = await one.post(PATH, ask(), { "x-api-key": token });
      expect(response.status).toBe(401);
    }
  });

  it("does not decode a compressed body", async () => {
    await using lab = await openGateway({});
    for (const encoding of ["gzip", "zstd", "br"]) {
      const response = await fetch(`${lab.url}${PATH}`, {
        method: "POST",
        headers: { "x-api-key": lab.gateway.token.text, "content-encoding": encoding },
        body: new Uint8Array(gzipSync(JSON.stringify(ask()))),
      });
      expect(response.status).toBe(415);
    }
  });

  it("stops reading a body that is too long", async () => {
    await using lab = await openGateway({});
    const piece = "x".repeat(1024 * 1024);
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        sent += 1;
        if (sent > 2_000) controller.close();
        else controller.enqueue(Buffer.from(piece));
      },
    });
    const request = {
      method: "POST",
      headers: { "x-api-key": lab.gateway.token.text },
      body,
      duplex: "half" as const,
    };
    const status = await fetch(`${lab.url}${PATH}`, request).then(
      (response) => response.status,
      () => "broken off",
    );
    expect([413, "broken off"]).toContain(status);
    expect(sent).toBeLessThan(200);
    expect(lab.journal).toContainEqual({
      type: "wire_refusal",
      status: 413,
      reason: expect.any(String),
    });
  });

  it("reads no second request out of the body of a first", async () => {
    const { seen, fetch } = echoing();
    await using lab = await openGateway({ fetch });
    const token = lab.gateway.token.text;
    const inner = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nx-api-key: ${token}\r\nContent-Length: 2\r\n\r\n{}`;
    const both = `Host: x\r\nx-api-key: ${token}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n`;
    const tries = [
      `POST ${PATH} HTTP/1.1\r\n${both}\r\n0\r\n\r\n${inner}`,
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${inner}`,
      `POST http://evil.example${PATH} HTTP/1.1\r\nHost: x\r\nx-api-key: ${token}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      `CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
      `GET ${PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    ];
    for (const text of tries) expect(await lab.raw(text)).not.toContain("HTTP/1.1 200");
    expect(seen).toEqual([]);
  });
});
