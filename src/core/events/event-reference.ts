import { z } from "zod";
import { nodeIdSchema } from "../tree/id.ts";
import { verdictSchema } from "../tree/verdict.ts";
import { runEventSchema } from "./event.ts";

const INTRODUCTION = `# Events

This page is generated from the schema (\`src/core/events/event.ts\`).
What happens in a run is reported as events, one JSON object a line: in \`.loopty/runs/<run>/events.jsonl\`, and on stdout by \`loopty run --events\`, with everything that is meant for people on stderr.

Every event has

| field | type | meaning |
| --- | --- | --- |
| \`v\` | \`1\` | version of the format |
| \`at\` | time | when it happened, ISO 8601 in UTC |
| \`type\` | text | which of the events below it is |

An event is written after what it reports is on disk, so a reader may open the run at once.
Within one version fields and types are added and none is changed or taken away: read what you know and pass over the rest.
Fields with a default may be missing in files of earlier programs.
Durations are in milliseconds.
Text of agents and containers is data: control characters in it are escaped as JSON does, and it may say anything.

The run's own record (\`tree.json\`) is the truth.
A machine that loses power may lose the last lines of \`events.jsonl\`; a line that was cut is removed when the run goes on.
Several processes never write to one file at once.
`;

interface JsonSchema {
  readonly type?: string | readonly string[] | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[] | undefined;
  readonly oneOf?: readonly JsonSchema[] | undefined;
  readonly items?: JsonSchema | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly additionalProperties?: JsonSchema | boolean | undefined;
}

/** The keywords of JSON Schema that events use. */
const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    description: z.string().optional(),
    anyOf: z.array(jsonSchema).optional(),
    oneOf: z.array(jsonSchema).optional(),
    items: jsonSchema.optional(),
    properties: z.record(z.string(), jsonSchema).optional(),
    additionalProperties: z.union([z.boolean(), jsonSchema]).optional(),
  }),
);

const COMMON = new Set(["v", "at", "type"]);
const NODE_ID = jsonSchema.parse(z.toJSONSchema(nodeIdSchema)).pattern;
const VERDICTS = verdictSchema.options;

/** docs/events.md: every event with its fields and when it is emitted. */
export function eventReference(): string {
  const { oneOf = [] } = jsonSchema.parse(z.toJSONSchema(runEventSchema));
  const sections = oneOf.map((event) => sectionOf(event));
  return `${[INTRODUCTION.trimEnd(), ...sections, verdictSection()].join("\n\n")}\n`;
}

function sectionOf({ description = "", properties = {} }: JsonSchema): string {
  const fields = Object.entries(properties).filter(([name]) => !COMMON.has(name));
  return [
    `## ${String(properties.type?.const)}`,
    `Emitted ${description}.`,
    ["| field | type | meaning |", "| --- | --- | --- |", ...fields.map(rowOf)].join("\n"),
  ].join("\n\n");
}

function rowOf([name, field]: readonly [string, JsonSchema]): string {
  const byDefault = "default" in field ? ` (default \`${JSON.stringify(field.default)}\`)` : "";
  return `| \`${name}\` | ${typeText(field)}${byDefault} | ${field.description ?? ""} |`;
}

function verdictSection(): string {
  const names = VERDICTS.map((verdict) => `\`${verdict}\``).join(", ");
  return `## Verdicts\n\n${names}.`;
}

function typeText(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(" or ");
  if ("const" in schema) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return enumText(schema.enum);
  const { type } = schema;
  if (typeof type === "object") return type.map((each) => typeText({ type: each })).join(" or ");
  switch (type) {
    case "string":
      if (schema.format === "date-time") return "time";
      return schema.pattern === NODE_ID ? "node id" : "text";
    case "integer":
      return "whole number";
    case "boolean":
      return "true or false";
    case "null":
      return "`null`";
    case "array":
      return `list of ${schema.items === undefined ? "anything" : typeText(schema.items)}`;
    case "object":
      return objectText(schema);
    default:
      return type ?? "anything";
  }
}

function enumText(values: readonly unknown[]): string {
  if (values.join() === VERDICTS.join()) return "[verdict](#verdicts)";
  return values.map((value) => `\`${String(value)}\``).join(" ");
}

function objectText({ properties, additionalProperties }: JsonSchema): string {
  if (properties === undefined) {
    const each = typeof additionalProperties === "object" ? typeText(additionalProperties) : "any";
    return `object of ${each}s by name`;
  }
  const fields = Object.entries(properties).map(([name, each]) => `\`${name}\` ${typeText(each)}`);
  return `object: ${fields.join(", ")}`;
}
