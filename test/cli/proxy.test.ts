import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createClient } from "../../src/agent/claude/client.ts";
import { useProxies } from "../../src/cli/proxy.ts";

/** What `install` of undici replaces. */
const GLOBALS = [
  ..."fetch Headers Response Request FormData WebSocket".split(" "),
  ..."CloseEvent ErrorEvent MessageEvent EventSource".split(" "),
];

describe("useProxies", () => {
  const asked: string[] = [];
  const open = async (name: string): Promise<Server> => {
    const server = createServer((request, response) => {
      asked.push(`${name} ${request.method} ${request.url}`);
      response.writeHead(400, { "content-type": "application/json" }).end("{}");
    });
    // A client tunnels through a proxy, also without TLS.
    server.on("connect", (request, socket) => {
      asked.push(`${name} CONNECT ${request.url}`);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  };
  let servers: Server[] = [];
  beforeAll(async () => {
    servers = [await open("proxy"), await open("server")];
  });
  afterAll(() => servers.map((server) => server.close()));

  /** Asks the model's server, as an agent does. */
  async function ask(env: (proxy: string, server: string) => Record<string, string>) {
    const [proxy = "", server = ""] = servers.map((each) => {
      const address: AddressInfo | string | null = each.address();
      return typeof address === "object" ? `127.0.0.1:${address?.port}` : "";
    });
    const before = GLOBALS.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
    const dispatcher = getGlobalDispatcher();
    onTestFinished(() => {
      setGlobalDispatcher(dispatcher);
      for (const [index, name] of GLOBALS.entries()) {
        const descriptor = before[index];
        if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
        else Object.defineProperty(globalThis, name, descriptor);
      }
    });
    useProxies(env(proxy, server));
    asked.length = 0;
    const client = createClient({ apiKey: "k", baseUrl: `http://${server}`, headers: "bearer" });
    const message = {
      model: "m",
      max_tokens: 1,
      messages: [{ role: "user" as const, content: "x" }],
    };
    await client.messages.create(message).catch(() => {});
    return asked.map((line) => line.replace(server, "SERVER"));
  }

  it.each([
    ["HTTP_PROXY", (proxy: string) => ({ HTTP_PROXY: `http://${proxy}` })],
    ["its small letters", (proxy: string) => ({ http_proxy: `http://${proxy}` })],
    ["ALL_PROXY", (proxy: string) => ({ ALL_PROXY: `http://${proxy}` })],
  ])("sends a model's calls by %s", async (_, env) => {
    expect(await ask(env)).toEqual(["proxy CONNECT SERVER"]);
  });

  it.each([
    ["no variable names a proxy", () => ({})],
    ["a variable is empty", () => ({ HTTP_PROXY: "" })],
    [
      "NO_PROXY names the server",
      (proxy: string) => ({ HTTP_PROXY: `http://${proxy}`, NO_PROXY: "127.0.0.1" }),
    ],
    ["another scheme has the proxy", (proxy: string) => ({ HTTPS_PROXY: `http://${proxy}` })],
  ])("sends them straight where %s", async (_, env) => {
    expect(await ask(env)).toEqual(["server POST /v1/messages"]);
  });
});
