import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import type { z } from "zod";
import { EngineError, firstError, messageOf, UserError } from "../../core/error.ts";
import { printableBlock } from "../../core/text/printable.ts";
import { type Reply, shortText } from "../reply.ts";

/** What a tool may do to the world: `looks` changes nothing, `adds` takes nothing away. */
type Reach = "looks" | "adds";

interface ToolSpec<Input extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly reach: Reach;
  call(input: z.infer<Input>, call: Call): Promise<Reply>;
}

/** The call that a tool answers. */
export interface Call {
  /** Aborted when the client takes the call back, or goes away. */
  readonly signal: AbortSignal;
  /** Tells the client what happens meanwhile, where it asked to be told. */
  readonly progress: (text: string) => Promise<void>;
}

/** Adds a tool to a server. */
export type AddTool = (server: McpServer) => void;

export function tool<Input extends z.ZodObject>(spec: ToolSpec<Input>): AddTool {
  const { name, title, description, input, reach, call } = spec;
  const annotations = {
    title,
    readOnlyHint: reach === "looks",
    destructiveHint: false,
    openWorldHint: false,
  };
  const inputSchema: z.ZodObject = input;
  const config = { title, description, annotations, inputSchema };
  return (server) => {
    server.registerTool(name, config, async (args, context) => {
      try {
        // The server has checked them. This says so to the compiler.
        return succeeded(await call(input.parse(args), callOf(context)));
      } catch (error) {
        return failed(error);
      }
    });
  };
}

function callOf({ mcpReq }: ServerContext): Call {
  const token = mcpReq._meta?.progressToken;
  let progress = 0;
  return {
    signal: mcpReq.signal,
    progress: async (message) => {
      if (token === undefined) return;
      const params = { progressToken: token, progress: ++progress, message };
      await mcpReq.notify({ method: "notifications/progress", params });
    },
  };
}

/** Not as structured content: Claude Code gives a model that in place of the text, however long it is. */
const JSON_KEY = "loopty/json";

export function succeeded({ text, json }: Reply): CallToolResult {
  return { content: [{ type: "text", text: shortText(text) }], _meta: { [JSON_KEY]: json } };
}

/** A failure is an answer too: the model is to read it and do better. */
export function failed(thrown: unknown): CallToolResult {
  const error = firstError(thrown);
  const isKnown = error instanceof UserError || error instanceof EngineError;
  const hint = isKnown ? error.hint : undefined;
  const message = isKnown ? error.message : `this is a bug of loopty: ${messageOf(error)}`;
  const text = `error: ${message}${hint === undefined ? "" : `\nhint: ${hint}`}`;
  return {
    isError: true,
    content: [{ type: "text", text: shortText(printableBlock(text)) }],
    _meta: { [JSON_KEY]: { error: { message, ...(hint === undefined ? {} : { hint }) } } },
  };
}
