import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as EarlierClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as EarlierTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

export const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

/** The client libraries of both generations. */
export const LIBRARIES = ["@modelcontextprotocol/client", "@modelcontextprotocol/sdk"] as const;
type Library = (typeof LIBRARIES)[number];

const callSchema = z.object({
  isError: z.boolean().default(false),
  content: z.tuple([z.object({ type: z.literal("text"), text: z.string() })]),
  _meta: z.looseObject({ "loopty/json": z.record(z.string(), z.unknown()) }),
});

/** A client with a server process of its own, as a coding agent starts it. Its person agrees to whatever they are asked. */
export async function openSession(directory: string, library: Library = LIBRARIES[0]) {
  const { client, pid } = await connected(library, directory);
  const ask = async (name: string, args: Record<string, unknown> = {}) => {
    const reply = callSchema.parse(await client.callTool({ name, arguments: args }));
    return {
      isError: reply.isError,
      text: reply.content[0].text,
      json: reply._meta["loopty/json"],
    };
  };
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    (await ask(name, args)).json;
  return {
    client,
    pid,
    ask,
    call,
    /** Waits as an agent does: again and again. */
    waitUntil: async (args: Record<string, unknown>, isOver: (reply: object) => boolean) => {
      for (;;) {
        const reply = await call("wait", { ...args, timeout_s: 20 });
        if (isOver(reply)) return reply;
      }
    },
  };
}

async function connected(library: Library, cwd: string) {
  const info = { name: "a test", version: "1.0.0" };
  const options = { capabilities: { elicitation: {} } };
  const server = { command: process.execPath, args: [MAIN, "mcp"], cwd };
  const agrees = async () => ({ action: "accept" as const, content: { confirm: true } });
  if (library === "@modelcontextprotocol/sdk") {
    const transport = new EarlierTransport(server);
    const client = new EarlierClient(info, options);
    client.setRequestHandler(ElicitRequestSchema, agrees);
    await client.connect(transport);
    return { client, pid: transport.pid ?? 0 };
  }
  const transport = new StdioClientTransport(server);
  const client = new Client(info, { ...options, versionNegotiation: { mode: "auto" } });
  client.setRequestHandler("elicitation/create", agrees);
  await client.connect(transport);
  return { client, pid: transport.pid ?? 0 };
}

/** The most memory that a process has taken so far. */
export async function mostKib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** Whether nothing is under way any more. */
export function isIdle(reply: object): boolean {
  return "busy" in reply && !reply.busy;
}
