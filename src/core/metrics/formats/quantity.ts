import { z } from "zod";
import { messageOf, UserError } from "../../error.ts";
import { parseJson } from "../../text/json.ts";
import type { Direction } from "../metric.ts";

/** One quantity that a report has of one benchmark, such as its time, with its samples in the order of measuring. */
export interface Quantity {
  /** The benchmark's own name; empty where the report is about one benchmark only. */
  readonly benchmark: string;
  /** What was measured, with its unit in brackets: `time (s)`, `(ns/op)`. */
  readonly measure: string;
  readonly direction: Direction;
  readonly samples: readonly number[];
  /** What the report is about. Others are metrics only where `metrics.select` or `metrics.guards` names them. */
  readonly isPrimary: boolean;
}

/**
 * Reads a tool's whole report, in the report's order. Throws `UserError` for what is no such report, or a report of a
 * failure.
 */
export type ReportReader = (text: string) => readonly Quantity[];

export const samplesSchema = z.array(z.number()).min(1);

/** Throws `UserError` that names the tool and the first key at fault. */
export function parseReport<Report>(
  tool: string,
  schema: z.ZodType<Report>,
  value: unknown,
): Report {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  const where = path === "" ? "" : `${path}: `;
  throw new UserError(`no report of ${tool}: ${where}${issue?.message ?? messageOf(parsed.error)}`);
}

/** The same for a report that is one JSON document. */
export function parseJsonReport<Report>(
  tool: string,
  schema: z.ZodType<Report>,
  text: string,
): Report {
  const value = parseJson(text);
  if (value === undefined) throw new UserError(`no report of ${tool}: it is not JSON`);
  return parseReport(tool, schema, value);
}
