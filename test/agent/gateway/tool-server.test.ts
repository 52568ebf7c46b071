import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { describe, expect, it } from "vitest";
import { openGateway } from "./lab.ts";

const INFO = { name: "a command line", version: "1" };
const BUILD = {
  name: "build",
  description: "Builds.",
  inputSchema: { type: "object", properties: { a: { type: "integer" } } },
};
const ACCEPT = {
  accept: "application/json, text/event-stream",
  "content-type": "application/json",
};
const call = (method: string, params: unknown) => ({ jsonrpc: "2.0", id: 1, method, params });

type Lab = Awaited<ReturnType<typeof openGateway>>;
const target = ({ url, gateway }: Lab) => {
  const headers = { authorization: `Bearer ${gateway.token.text}` };
  return [new URL(`${url}/mcp`), { requestInit: { headers } }] as const;
};

describe("loopty's own tools as a server of MCP", () => {
  it("are listed and called by clients of 2025, as loopty-node calls them", async () => {
    await using lab = await openGateway({});
    const client = new OldClient(INFO);
    await client.connect(new OldTransport(...target(lab)));
    expect(client.getServerVersion()).toMatchObject({ name: "loopty" });
    expect((await client.listTools()).tools).toEqual([BUILD]);
    expect(await client.callTool({ name: "build", arguments: { a: 1 } })).toEqual({
      isError: false,
      content: [{ type: "text", text: 'build {"a":1}' }],
    });
    expect(await (await lab.post("/loopty/build", { a: 1 })).text()).toBe('build {"a":1}');
    expect(await client.callTool({ name: "other" })).toMatchObject({ isError: true });
    await client.close();
    expect(lab.journal).toEqual([]);
  });

  it("are listed and called by clients of 2026-07-28, without a handshake", async () => {
    await using lab = await openGateway({});
    const client = new Client(INFO, {
      versionNegotiation: { mode: { pin: "2026-07-28" } },
    });
    await client.connect(new StreamableHTTPClientTransport(...target(lab)));
    expect((await client.listTools()).tools).toMatchObject([BUILD]);
    expect(await client.callTool({ name: "build", arguments: { a: 2 } })).toMatchObject({
      isError: false,
      content: [{ type: "text", text: 'build {"a":2}' }],
    });
    await client.close();
    expect(lab.journal).toEqual([]);
  });

  it("begin to answer at once where a tool takes long", { timeout: 10_000 }, async () => {
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const tools = {
      list: [],
      call: async () => {
        await over;
        return { isError: false, text: "built" };
      },
    };
    await using lab = await openGateway({ tools });
    const response = await lab.post("/mcp", call("tools/call", { name: "build" }), ACCEPT);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/event-stream",
    ]);
    end();
    expect(await response.text()).toContain("built");
  });

  it("are for nobody without the token of the node, and for nobody after it", async () => {
    await using lab = await openGateway({});
    await using other = await openGateway({});
    const list = call("tools/list", {});
    for (const token of ["", "guess", other.gateway.token.text]) {
      const headers = { ...ACCEPT, "x-api-key": token };
      expect((await lab.post("/mcp", list, headers)).status, token).toBe(401);
    }
    const { text } = lab.gateway.token;
    for (const method of ["GET", "DELETE", "PUT"]) {
      expect((await fetch(`${lab.url}/mcp`, { method })).status, method).toBe(401);
      const headers = { "x-api-key": text };
      expect((await fetch(`${lab.url}/mcp`, { method, headers })).status, method).toBe(405);
    }
    expect((await lab.post("/mcp", list, ACCEPT)).status).toBe(200);
    lab.gateway.end();
    const after = lab.post("/mcp", list, ACCEPT).then(({ status }) => status);
    // A connection that was there before is answered, and there are no new ones.
    expect([401, "none"]).toContain(await after.catch(() => "none"));
  });

  it("answer what is no call of theirs with an error, and go on", async () => {
    let calls = 0;
    const tools = {
      list: [],
      call: async () => {
        calls += 1;
        return { isError: false, text: "built" };
      },
    };
    await using lab = await openGateway({ tools });
    const post = async (body: unknown, headers: Record<string, string> = {}) => {
      const response = await lab.post("/mcp", body, { ...ACCEPT, ...headers });
      return [response.status, (await response.text()).slice(0, 200)] as const;
    };
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    const shallow = `${'{"a":'.repeat(60)}1${"}".repeat(60)}`;
    const params = (text: string) => `{"name":"build","arguments":${text}}`;
    const text = (more: string) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params(more)}}`;

    expect(await post(call("files/delete", {}))).toEqual([
      expect.any(Number),
      expect.stringContaining("-32601"),
    ]);
    expect(await post({ jsonrpc: "2.0", id: 1 })).toEqual([400, expect.stringContaining("error")]);
    expect(await post(call("tools/call", { arguments: {} }))).toEqual([
      expect.any(Number),
      expect.stringContaining("error"),
    ]);
    expect((await post("no JSON"))[0]).toBe(400);
    expect((await post([call("tools/call", { name: "build" })]))[0]).toBe(400);
    expect((await post(text(deep)))[0]).toBe(400);
    expect((await post(text("{}"), { "content-encoding": "zstd" }))[0]).toBe(415);
    expect((await post(text("{}"), { "content-type": "text/plain" }))[0]).toBe(415);
    expect(calls).toBe(0);
    expect((await post(text(shallow)))[0]).toBe(200);
    expect(calls).toBe(1);
  });

  it("say nothing of this machine where a tool breaks off", async () => {
    const call = async () => {
      throw new Error("/home/me/.loopty cannot be read");
    };
    await using lab = await openGateway({ tools: { list: [], call } });
    const client = new OldClient(INFO);
    await client.connect(new OldTransport(...target(lab)));
    expect(await client.callTool({ name: "build" })).toEqual({
      isError: true,
      content: [{ type: "text", text: "the tool broke off" }],
    });
    await client.close();
  });

  it("read no body to its end that is too long", async () => {
    await using lab = await openGateway({});
    const body = JSON.stringify(call("tools/call", { name: "x".repeat(33 * 1024 ** 2) }));
    const head = `POST /mcp HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${lab.gateway.token.text}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    expect(await lab.raw(head + body)).toMatch(/^HTTP\/1\.1 413 /);
    expect(lab.journal).toMatchObject([{ type: "wire_refusal", status: 413 }]);
  });
});
