import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { UserError } from "../core/error.ts";
import { errorCode } from "./disk-error.ts";

/** The one format this program reads and writes, of project.json, run.json and tree.json alike. */
export const FORMAT_VERSION = 1;

export type JsonReading<T> =
  | { readonly kind: "ok"; readonly value: T; readonly writtenAt: Date }
  | { readonly kind: "missing" }
  | { readonly kind: "newer"; readonly formatVersion: number }
  | { readonly kind: "damaged"; readonly problem: string };

const versioned = z.looseObject({ formatVersion: z.int() });

/** Reads a JSON file that says its `formatVersion`. */
export async function readJsonFile<T>(path: string, schema: z.ZodType<T>): Promise<JsonReading<T>> {
  let text: string;
  let writtenAt: Date;
  try {
    text = await readFile(path, "utf8");
    writtenAt = (await stat(path)).mtime;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { kind: "missing" };
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: "damaged", problem: `is not whole JSON (${text.length} characters)` };
  }
  const version = versioned.safeParse(json);
  if (version.success && version.data.formatVersion > FORMAT_VERSION) {
    return { kind: "newer", formatVersion: version.data.formatVersion };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: "ok", value: parsed.data, writtenAt };
  return { kind: "damaged", problem: `is not valid: ${firstIssue(parsed.error)}` };
}

/** The value, or a `UserError` that says what is wrong. Nothing is ever written over a file that cannot be read. */
export async function requireValue<T>(
  reading: JsonReading<T>,
  path: string,
  recoveryHint: () => Promise<string>,
): Promise<T> {
  switch (reading.kind) {
    case "ok":
      return reading.value;
    case "missing":
      throw new UserError(`${path} is missing`, { hint: await recoveryHint() });
    case "damaged":
      throw new UserError(`${path} ${reading.problem}`, { hint: await recoveryHint() });
    case "newer":
      throw new UserError(
        `${path} was written by a newer loopty (format ${reading.formatVersion})`,
        { hint: "update loopty; the file was left as it is" },
      );
  }
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "for no known reason";
  return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
}
