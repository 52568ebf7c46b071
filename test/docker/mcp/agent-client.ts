import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { z } from "zod";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

const jsonSchema = z.looseObject({ "loopty/json": z.record(z.string(), z.unknown()) });

/** A client with a server process of its own, as a coding agent starts it. */
export async function openSession(directory: string) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, "mcp"],
    cwd: directory,
  });
  const client = new Client(
    { name: "a test", version: "1.0.0" },
    { versionNegotiation: { mode: "auto" } },
  );
  await client.connect(transport);
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    jsonSchema.parse((await client.callTool({ name, arguments: args }))._meta)["loopty/json"];
  return {
    client,
    pid: transport.pid ?? 0,
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

/** Whether nothing is under way any more. */
export function isIdle(reply: object): boolean {
  return "busy" in reply && !reply.busy;
}
