import { z } from "zod";
import {
  longWait,
  maxFailures,
  models,
  namedModels,
  prices,
  refuseTwoNames,
  repairs,
} from "./agent-field.ts";
import { command } from "./command-agent.ts";
import { text } from "./field.ts";
import { conditionProblem, parameter } from "./parameter.ts";

const USUAL_MODEL = "claude-opus-5-5";

const claude = z
  .strictObject({
    kind: z.literal("claude"),
    model: text().optional().describe(`the model's name at the API; left out, \`${USUAL_MODEL}\``),
    models: models(),
    repairs: repairs(),
    max_failures: maxFailures(),
    prices: prices(),
    effort: z
      .enum(["low", "medium", "high", "xhigh", "max"])
      .optional()
      .describe("how much the model thinks; left out, as much as is its own default"),
    cache_ttl: z
      .enum(["5m", "1h"])
      .default("5m")
      .describe(
        "how long prompts stay cached; an hour costs more to write, and pays where builds take longer than 5m",
      ),
    long_wait: longWait(),
    headers: z
      .enum(["bearer", "x-api-key"])
      .optional()
      .describe(
        "how the key is sent; left out, `bearer` to Anthropic and `x-api-key`, which is what compatible servers know, to others",
      ),
  })
  .superRefine(refuseTwoNames)
  // The order of keys is that of records, by which configs are compared.
  .transform(
    ({ kind, max_failures, cache_ttl, long_wait, effort = null, headers = null, ...rest }) => ({
      kind,
      ...namedModels(rest, USUAL_MODEL),
      repairs: rest.repairs,
      prices: rest.prices,
      maxFailures: max_failures,
      effort,
      cacheTtl: cache_ttl,
      longWait: long_wait,
      headers,
    }),
  )
  .describe("a Claude model edits the code; needs an API key in the environment of loopty");

const api = z
  .strictObject({
    kind: z.literal("api"),
    model: text().optional().describe("the model's name at the server; either this or `models`"),
    models: models(),
    base_url: z
      .url({ protocol: /^https?$/, error: "must be an address such as http://localhost:11434/v1" })
      .optional()
      .describe(
        "where `/chat/completions` is; left out, `OPENAI_BASE_URL` of the environment, or OpenAI",
      ),
    repairs: repairs(),
    max_failures: maxFailures(),
    prices: prices(),
    effort: z
      .enum(["none", "minimal", "low", "medium", "high", "xhigh"])
      .optional()
      .describe("how much the model reasons; left out, as much as is its own default"),
    output_limit: z
      .enum(["max_tokens", "max_completion_tokens"])
      .optional()
      .describe(
        "what the server calls the limit of an answer; left out, `max_completion_tokens` to OpenAI and `max_tokens`, which is what compatible servers know, to others",
      ),
    long_wait: longWait(),
  })
  .superRefine(refuseTwoNames)
  .superRefine(({ model, models: shares }, context) => {
    if (model !== undefined || shares !== undefined) return;
    context.addIssue({ code: "custom", path: ["model"], message: "is missing" });
  })
  .transform(
    ({ kind, base_url, max_failures, long_wait, effort = null, output_limit = null, ...rest }) => ({
      kind,
      ...namedModels(rest, ""),
      repairs: rest.repairs,
      prices: rest.prices,
      baseUrl: base_url ?? null,
      maxFailures: max_failures,
      effort,
      outputLimit: output_limit,
      longWait: long_wait,
    }),
  )
  .describe(
    "any model behind an OpenAI-compatible server edits the code; the key, where it asks for one, is OPENAI_API_KEY in the environment of loopty",
  );

const tuner = z
  .strictObject({
    kind: z.literal("tuner"),
    parameters: z
      .array(parameter)
      .min(1, { error: "must name at least one parameter" })
      .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
        error: "must have different names",
      })
      .superRefine((list, context) => {
        const problem = conditionProblem(list);
        if (problem !== null)
          context.addIssue({ code: "custom", ...problem, path: [...problem.path] });
      })
      .describe("what may be changed, and to which values"),
    max_failures: maxFailures(),
  })
  .transform(({ kind, parameters, max_failures }) => ({
    kind,
    parameters,
    maxFailures: max_failures,
  }))
  .describe("searches the values of declared parameters; needs no key");

const replay = z
  .strictObject({
    kind: z.literal("replay"),
    from: z
      .union([text(), z.int().positive().transform(String)], { error: "must be a file or a run" })
      .transform(sourceOf)
      .describe(
        "a file of recorded edits, a recorded run of a model (`.jsonl`), both relative to loopty.yaml, or the number of a run of this project",
      ),
    repairs: repairs(),
    max_failures: maxFailures(),
  })
  .transform(({ kind, from, repairs, max_failures }) => ({
    kind,
    from,
    repairs,
    maxFailures: max_failures,
  }))
  .describe("applies recorded edits, or plays a recorded run of a model again; needs no key");

export const agentSchema = z.discriminatedUnion("kind", [claude, api, command, tuner, replay]);

/** Where the agent `replay` has its answers from. */
type ReplaySource =
  | { readonly kind: "edits" | "recording"; readonly path: string }
  | { readonly kind: "run"; readonly run: number };

function sourceOf(text: string): ReplaySource {
  if (/^[1-9]\d{0,8}$/.test(text)) return { kind: "run", run: Number(text) };
  return { kind: text.endsWith(".jsonl") ? "recording" : "edits", path: text };
}
