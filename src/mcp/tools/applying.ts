import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Desk } from "../desk.ts";
import { nodeInput } from "./looking.ts";
import { type AddTool, failed, succeeded } from "./tool.ts";

const confirmSchema = z.object({
  confirm: z.boolean().describe("write it into the files of the workspace"),
});

/** The one tool that changes the user's own files: a person decides, never the agent. */
export function applyTool(desk: Desk): AddTool {
  return (server) => {
    server.registerTool(
      "apply",
      {
        title: "Apply a node to the workspace",
        description:
          "Writes a node's change into the user's files, after the person has said yes. A client that cannot ask the person is told the command to type.",
        annotations: {
          title: "Apply a node to the workspace",
          readOnlyHint: false,
          destructiveHint: true,
        },
        inputSchema: z.strictObject({ id: nodeInput }),
      },
      async ({ id }, context) => {
        try {
          const { node } = await desk.find(id);
          const command = `loopty apply ${node.id}`;
          if (!canAsk(server, context)) {
            const text = `ask the person to type: ${command}`;
            return succeeded({ text, json: { applied: false, command } });
          }
          const answer = acceptedContent(context.mcpReq.inputResponses, "confirm", confirmSchema);
          if (answer === undefined && context.mcpReq.inputResponses === undefined) {
            const message = `Write the change of ${node.id} (${node.description}) into your files?`;
            const elicited = inputRequired.elicit({ message, requestedSchema: confirmSchema });
            return inputRequired({ inputRequests: { confirm: elicited } });
          }
          if (answer?.confirm !== true) {
            const text = `the person did not agree; ${command} is theirs to type`;
            return succeeded({ text, json: { applied: false, command } });
          }
          return succeeded(await desk.ask({ command: "apply", id: node.id }));
        } catch (error) {
          return failed(error);
        }
      },
    );
  };
}

const capabilitiesSchema = z.looseObject({ elicitation: z.looseObject({}).optional() });

/** The current protocol states it with every call, the one before once. */
function canAsk(server: McpServer, { mcpReq }: ServerContext): boolean {
  const envelope = new Map<string, unknown>(Object.entries(mcpReq.envelope ?? {}));
  const stated =
    envelope.get(CLIENT_CAPABILITIES_META_KEY) ?? server.server.getClientCapabilities();
  return capabilitiesSchema.safeParse(stated).data?.elicitation !== undefined;
}
