import { PassThrough } from "node:stream";
import { Client } from "@modelcontextprotocol/client";
import { Client as EarlierClient } from "@modelcontextprotocol/sdk/client/index.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { IDLE } from "../../src/agent/idle.ts";
import { CommandDesk } from "../../src/cli/mcp/command-desk.ts";
import { optimize } from "../../src/loop/optimize.ts";
import { tryWaitingChanges } from "../../src/loop/waiting-changes.ts";
import { LineTransport } from "../../src/mcp/line-transport.ts";
import { openServer } from "../../src/mcp/server.ts";
import { openProject } from "../../src/store/project.ts";
import { type FakeWorld, fakeWorld } from "../cli/fake-world.ts";
import type { FakeProject } from "../loop/fake-project.ts";

/** What clients in the field speak: the current protocol, the handshake before it, and that by the SDK of its time. */
export const PROTOCOLS = ["current", "handshake", "earlier SDK"] as const;
export type SpokenProtocol = (typeof PROTOCOLS)[number];

const callSchema = z.object({
  isError: z.boolean().default(false),
  content: z.array(z.object({ type: z.literal("text"), text: z.string() })).min(1),
  _meta: z
    .looseObject({ "loopty/json": z.record(z.string(), z.unknown()).default({}) })
    .prefault({}),
});

export interface ToolReply {
  readonly isError: boolean;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Measures the baseline, as `run_start { experiments: 0 }` does. */
export async function measureBaseline(project: FakeProject): Promise<void> {
  await project.withRun(IDLE, "new", (run, signal) => optimize(run, signal).then(() => {}));
}

/**
 * The world of a server whose jobs are carried out by this process on the fake engine. Nothing of them is awaited, as with
 * processes of their own.
 */
function serverWorld(project: FakeProject): FakeWorld {
  const work = async (number: number) => {
    const table = project.newProcess();
    const world = fakeWorld(project.directory, { processes: table, now: () => new Date() });
    const opened = await openProject(project.directory, world);
    await opened.jobs.take(number);
    const open = () => project.request(IDLE, { table });
    await tryWaitingChanges(opened, open, world, new AbortController().signal);
    await opened.jobs.end(number, 0);
    project.processes.kill(table);
  };
  const under: Promise<void>[] = [];
  onTestFinished(async () => void (await Promise.allSettled(under)));
  return fakeWorld(project.directory, {
    processes: project.newProcess(),
    now: () => new Date(),
    newUuid: () => crypto.randomUUID(),
    startDetached: (args) => void under.push(work(Number(args.at(-1)))),
  });
}

/** A server for the project, and both ends of its pipes. */
export function openPipes(project: FakeProject, world: FakeWorld = serverWorld(project)) {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const desk = new CommandDesk(world, {}, project.repositories);
  const transport = new LineTransport(toServer, toClient, () => {});
  const handle = serveStdio(() => openServer(desk, world, "1.0.0"), { transport });
  onTestFinished(() => handle.close());
  return { toServer, toClient, handle };
}

/** A client that is connected with a server of its own. */
export async function openSession(
  project: FakeProject,
  protocol: SpokenProtocol = "current",
  person: Person | null = null,
  world: FakeWorld = serverWorld(project),
) {
  const { toServer, toClient, handle } = openPipes(project, world);
  const transport = new LineTransport(toClient, toServer, () => {});
  const { client, callTool } = await connected(protocol, transport, person);
  return {
    client,
    handle,
    /** `told` hears what happens meanwhile. */
    call: async (
      name: string,
      args: Record<string, unknown> = {},
      told?: (message: string) => void,
    ): Promise<ToolReply> => {
      const hear = ({ message = "" }: { message?: string | undefined }) => told?.(message);
      const options = told === undefined ? {} : { onprogress: hear };
      const reply = callSchema.parse(await callTool({ name, arguments: args }, options));
      return {
        isError: reply.isError,
        text: reply.content.map(({ text }) => text).join("\n"),
        json: reply._meta["loopty/json"],
      };
    },
  };
}

/** What the person says whom a client asks. */
type Person = (question: string) => boolean;

interface CallToolParams {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

interface RequestOptions {
  readonly onprogress?: (progress: { message?: string | undefined }) => void;
}

async function connected(
  protocol: SpokenProtocol,
  transport: LineTransport,
  person: Person | null,
) {
  const info = { name: "a test", version: "1.0.0" };
  const capabilities = person === null ? {} : { elicitation: {} };
  const answer = async ({ params }: { params: { message: string } }) => ({
    action: "accept" as const,
    content: { confirm: person?.(params.message) ?? false },
  });
  if (protocol === "earlier SDK") {
    const client = new EarlierClient(info, { capabilities });
    if (person !== null) client.setRequestHandler(ElicitRequestSchema, answer);
    await client.connect(transport);
    const callTool = (params: CallToolParams, options: RequestOptions) =>
      client.callTool(params, undefined, options);
    return { client, callTool };
  }
  const mode = protocol === "current" ? "auto" : "legacy";
  const client = new Client(info, { versionNegotiation: { mode }, capabilities });
  if (person !== null) client.setRequestHandler("elicitation/create", answer);
  await client.connect(transport);
  const callTool = (params: CallToolParams, options: RequestOptions) =>
    client.callTool(params, options);
  return { client, callTool };
}
