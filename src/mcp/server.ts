import { McpServer } from "@modelcontextprotocol/server";
import type { Clock } from "../core/clock.ts";
import type { Desk } from "./desk.ts";
import { addResources } from "./resources.ts";
import { Tender } from "./tender.ts";
import { applyTool } from "./tools/applying.ts";
import { lookingTools } from "./tools/looking.ts";
import { steeringTools } from "./tools/steering.ts";
import { tryingTools } from "./tools/trying.ts";
import { waitingTools } from "./tools/waiting.ts";
import { initCheckTool, workingTools } from "./tools/working.ts";

const INSTRUCTIONS = `\
loopty measures whether changes make this project's code better: each change is built, verified and benchmarked in fresh
containers, in pairs with its parent, and its verdict can be believed. Begin with status and context. Then hand changes in
by try, one idea each, several at once and from several nodes, and wait for their verdicts. A tie is a tie: do not argue
with it, try something else. Never change or outsmart the build, the verification or the benchmark. Applying the best
node to the user's files is for the user to decide.`;

/** How long a person may take to say yes, where their client cannot come back with the answer. */
const MOST_ASKED_MS = 45_000;

/** A server for one client. Nothing of its own is kept in it: all that matters is in the project's folder. */
export function openServer(
  desk: Desk,
  clock: Pick<Clock, "steadyMs" | "sleep">,
  version: string,
): McpServer {
  const server = new McpServer(
    { name: "loopty", version },
    { instructions: INSTRUCTIONS, inputRequired: { roundTimeoutMs: MOST_ASKED_MS } },
  );
  const tender = new Tender(desk);
  // The order is fixed, so that a client's prompt stays the same.
  const tools = [
    ...lookingTools(desk, tender),
    ...tryingTools(desk, tender),
    ...waitingTools(desk, tender, clock),
    ...workingTools(desk),
    ...steeringTools(desk),
    initCheckTool(desk),
    applyTool(desk),
  ];
  for (const add of tools) add(server);
  addResources(server, desk);
  return server;
}
