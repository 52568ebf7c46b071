import { z } from "zod";
import { configSchema } from "./schema/schema.ts";

/** One key of loopty.yaml that holds a value rather than further keys. */
export interface ConfigKey {
  /** The path from the top. `[]` stands for any item of a list: `agent.parameters[].name`. */
  readonly path: string;
  readonly type: string;
  /** The default as one writes it. `null`: the key must be given. `undefined`: it may be left out and then means nothing. */
  readonly default: string | null | undefined;
  readonly meaning: string;
}

/** A key that holds further keys. The path of a list ends in `[]`. */
export interface ConfigSection {
  readonly path: string;
  readonly meaning: string;
  /** The kind that these keys belong to, where a section has several. */
  readonly kind: string | null;
  readonly keys: readonly ConfigKey[];
}

// The part that is read of the JSON Schema that zod makes. field.ts sets `quantity`.
const jsonSchema = z.object({
  description: z.string().default(""),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  quantity: z.string().optional(),
  default: z.unknown().optional(),
  const: z.string().optional(),
  enum: z.array(z.string()).optional(),
  required: z.array(z.string()).default([]),
  get properties() {
    return z.record(z.string(), jsonSchema).optional();
  },
  get items() {
    return jsonSchema.optional();
  },
  get oneOf() {
    return z.array(jsonSchema).optional();
  },
});
type JsonSchema = z.infer<typeof jsonSchema>;

/** Every section of loopty.yaml in the order of the schema, the top level first. */
export function configSections(): ConfigSection[] {
  return sectionsOf("", jsonSchema.parse(z.toJSONSchema(configSchema, { io: "input" })));
}

/**
 * The names that may stand under `path` (its items' numbers written as `[]`), without repetition. `kind` leaves out the
 * keys of other kinds. A kind that does not exist leaves out none.
 */
export function keysUnder(path: string, kind: unknown): string[] {
  const sections = configSections();
  const known = sections.some((section) => section.path === path && section.kind === kind);
  const start = path === "" ? "" : `${path}.`;
  const names = sections
    .filter((section) => !known || section.path !== path || section.kind === kind)
    .flatMap((section) => [section.path, ...section.keys.map((key) => key.path)])
    .filter((each) => each.startsWith(start))
    .map((each) => each.slice(start.length).split(/[.[]/)[0] ?? "");
  return [...new Set(names)].filter((name) => name !== "");
}

function sectionsOf(path: string, schema: JsonSchema, kind: string | null = null): ConfigSection[] {
  const keys: ConfigKey[] = [];
  const below: ConfigSection[] = [];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = path === "" ? name : `${path}.${name}`;
    if (property.oneOf !== undefined) {
      below.push(...sectionsOfKinds(at, property, property.oneOf));
    } else if (property.items?.oneOf !== undefined) {
      below.push(...sectionsOfKinds(`${at}[]`, property.items, property.items.oneOf));
      keys.push(keyOf(at, name, property, schema));
    } else if (property.properties !== undefined) {
      below.push(...sectionsOf(at, property));
    } else if (property.items?.properties !== undefined) {
      below.push(...sectionsOf(`${at}[]`, property.items));
      keys.push(keyOf(at, name, property, schema));
    } else {
      keys.push(keyOf(at, name, property, schema));
    }
  }
  return [{ path, meaning: schema.description, kind, keys }, ...below];
}

function sectionsOfKinds(
  path: string,
  { description }: JsonSchema,
  kinds: readonly JsonSchema[],
): ConfigSection[] {
  const sections = kinds.flatMap((each) =>
    sectionsOf(path, each, each.properties?.kind?.const ?? null),
  );
  return [{ path, meaning: description, kind: null, keys: [] }, ...sections];
}

function keyOf(path: string, name: string, property: JsonSchema, parent: JsonSchema): ConfigKey {
  return {
    path,
    type: typeOf(property),
    default: parent.required.includes(name) ? null : written(property.default),
    meaning: property.description,
  };
}

function typeOf(schema: JsonSchema): string {
  if (schema.quantity !== undefined) return schema.quantity;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum.join(" | ");
  if (schema.type === "array") return `list of ${schema.items ? typeOf(schema.items) : "text"}s`;
  if (schema.type === "object" || schema.oneOf !== undefined) return "section";
  if (schema.type === "string") return "text";
  return Array.isArray(schema.type) ? "text or number" : (schema.type ?? "text");
}

function written(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
