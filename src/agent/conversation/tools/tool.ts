import type Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import type { Finish } from "./finish-input.ts";
import type { ToolContext } from "./tool-context.ts";

/** A tool's answer to the model. An error is something that the model can fix. */
export type ToolResult =
  /** `doubted`: done, but a `finish` behind it in the same answer is held back. */
  | { readonly kind: "done" | "doubted" | "error"; readonly text: string }
  | { readonly kind: "finished"; readonly finish: Finish };

/** A tool as the model sees it, and what it does with whatever the model sends. */
export interface Tool {
  readonly parameter: Anthropic.Tool;
  call(input: unknown, context: ToolContext): Promise<ToolResult>;
}

interface ToolDefinition<Schema extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly input: Schema;
  readonly use: (input: z.output<Schema>, context: ToolContext) => Promise<ToolResult>;
}

/** The schema is the one source: the model gets it as JSON Schema, and what the model sends is checked by it. */
export function defineTool<Schema extends z.ZodObject>(definition: ToolDefinition<Schema>): Tool {
  const { name, description, input, use } = definition;
  const { $schema, ...schema } = z.toJSONSchema(input, { io: "input", override: withoutNoise });
  return {
    parameter: { name, description, input_schema: { ...schema, type: "object" } },
    call: async (given, context) => {
      const parsed = input.safeParse(given);
      if (parsed.success) return use(parsed.data, context);
      return {
        kind: "error",
        text: `the input does not fit the tool:\n${z.prettifyError(parsed.error)}`,
      };
    },
  };
}

/** What goes without saying, and costs tokens with every experiment. Input is checked by the whole schema anyway. */
function withoutNoise({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minLength === 1) delete jsonSchema.minLength;
  if (jsonSchema.exclusiveMinimum === 0) delete jsonSchema.exclusiveMinimum;
  delete jsonSchema.additionalProperties;
}
