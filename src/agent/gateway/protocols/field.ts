import { type JsonObject, type Refusal, refusal } from "../protocol.ts";

/** Why a request is not passed on, by its fields: what is not listed could cost more than is reserved for it, or reach further. */
export function unknownField(body: JsonObject, known: readonly string[]): Refusal | null {
  const field = Object.keys(body).find((name) => !known.includes(name) && body[name] !== null);
  if (field === undefined) return null;
  return refusal(`loopty does not pass on requests with "${field.slice(0, 60)}"`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The texts of parts of such types, joined. */
export function textsIn(parts: unknown, types: readonly string[]): string {
  return objectsIn(parts)
    .filter(({ type }) => types.includes(String(type)))
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("");
}

/** A whole number of tokens; `null` for anything else. */
export function tokenLimit(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** The path of a request without its query; `null` where it is no plain path, such as another host's address. */
export function plainPath(path: string): string | null {
  return path.startsWith("/") && !path.startsWith("//") ? (path.split("?")[0] ?? null) : null;
}
