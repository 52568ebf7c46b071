import { once } from "node:events";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { messageOf } from "../../../core/error.ts";
import { printable } from "../../../core/text/printable.ts";
import { LineTransport } from "../../../mcp/line-transport.ts";
import { openServer } from "../../../mcp/server.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { CommandDesk } from "../../mcp/command-desk.ts";
import type { ProjectOptions } from "../../project/stored-project.ts";
import type { World } from "../../world.ts";

export interface McpOptions extends ProjectOptions {
  readonly version: string;
}

/** Serves one client, which is at the other end of stdin and stdout, until it goes away. */
export async function mcp(world: World, { version, ...options }: McpOptions): Promise<ExitCode> {
  const { pipes, signal, stderr } = world;
  const over = new AbortController();
  const desk = new CommandDesk(world, options);
  const transport = new LineTransport(pipes.input, pipes.output, () => over.abort());
  const handle = serveStdio(() => openServer(desk, world, version), {
    transport,
    onerror: (error) => stderr.write(`${printable(messageOf(error))}\n`),
  });
  const either = AbortSignal.any([signal, over.signal]);
  if (!either.aborted) await once(either, "abort");
  await handle.close();
  return EXIT.done;
}
