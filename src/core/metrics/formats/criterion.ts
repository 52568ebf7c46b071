import { z } from "zod";
import { UserError } from "../../error.ts";
import { parseJson } from "../../text/json.ts";
import { parseReport, type Quantity, samplesSchema } from "./quantity.ts";

const TOOL = "Criterion.rs (benchmark.json and sample.json, one after another)";

const nameSchema = z.object({ full_id: z.string() });
const sampleSchema = z.object({ iters: samplesSchema, times: samplesSchema });
const messageSchema = z.object({
  reason: z.literal("benchmark-complete"),
  id: z.string(),
  iteration_count: samplesSchema,
  measured_values: samplesSchema,
  unit: z.string(),
});

/**
 * What Criterion leaves in `target/criterion/<benchmark>/new/`: `benchmark.json`, then `sample.json`, for every benchmark one after another
 * in one file; or the messages of `cargo criterion --message-format=json`. One sample is the time of an iteration, in ns.
 */
export function readCriterion(text: string): Quantity[] {
  const quantities: Quantity[] = [];
  let name: string | null = null;
  for (const document of splitDocuments(text)) {
    const value = parseJson(document);
    if (value === undefined) throw new UserError(`no report of ${TOOL}: it is not JSON`);
    const message = messageSchema.safeParse(value);
    if (message.success) {
      const { id, iteration_count: iters, measured_values: times, unit } = message.data;
      quantities.push(quantityOf(id, iters, times, unit));
      continue;
    }
    const named = nameSchema.safeParse(value);
    if (named.success) {
      name = named.data.full_id;
      continue;
    }
    // Other messages of cargo: groups, what was compiled.
    if (z.object({ reason: z.string() }).safeParse(value).success) continue;
    const { iters, times } = parseReport(TOOL, sampleSchema, value);
    if (name === null) throw new UserError("a sample.json has no benchmark.json before it");
    quantities.push(quantityOf(name, iters, times, "ns"));
    name = null;
  }
  if (quantities.length === 0) throw new UserError(`no report of ${TOOL}: it has no sample`);
  return quantities;
}

function quantityOf(
  benchmark: string,
  iters: readonly number[],
  times: readonly number[],
  unit: string,
): Quantity {
  if (iters.length !== times.length || iters.some((count) => count <= 0)) {
    throw new UserError(`${benchmark} has no count of iterations for every time`);
  }
  const samples = times.map((time, i) => time / (iters[i] ?? 1));
  return { benchmark, measure: `(${unit}/iter)`, direction: "lower", samples, isPrimary: true };
}

/** The texts of JSON objects that stand one after another, with or without white space between. */
function splitDocuments(text: string): string[] {
  const documents: string[] = [];
  let depth = 0;
  let start = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (isString) {
      if (character === "\\") i++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) {
      documents.push(text.slice(start, i + 1));
      start = i + 1;
    }
  }
  const rest = text.slice(start).trim();
  return rest === "" ? documents : [...documents, rest];
}
