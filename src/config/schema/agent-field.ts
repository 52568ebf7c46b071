import { z } from "zod";
import { count } from "./field.ts";

export const repairs = () =>
  count({ min: 0, max: 20 })
    .prefault(2)
    .describe("how often one node may fix its own build or verify failure");
export const maxFailures = () =>
  count()
    .prefault(5)
    .describe(
      "experiments in a row that may fail before the run stops (a failure is not a worse result)",
    );

const usdPerMillion = (what: string) =>
  z
    .number()
    .nonnegative({ error: "must be at least 0" })
    .describe(`${what}, in US dollars per million tokens`);

const price = z
  .strictObject({
    input: usdPerMillion("input"),
    cache_write: usdPerMillion("input that is written to the cache"),
    cache_read: usdPerMillion("input that is read from the cache"),
    output: usdPerMillion("output"),
  })
  .transform(({ input, cache_write, cache_read, output }) => ({
    input,
    cacheWrite5m: cache_write,
    cacheWrite1h: cache_write,
    cacheRead: cache_read,
    output,
  }));

export const prices = () =>
  z
    .record(z.string(), price)
    .default({})
    .describe("prices of models that loopty does not know, or knows wrongly, by model");

/** Parts of the experiments by model: `{ cheap: 0.7, strong: 0.3 }`. */
export const models = () =>
  z
    .record(
      z.string().min(1),
      z.number().positive({ error: "must be a share above 0, such as 0.3" }),
    )
    .refine((shares) => Object.keys(shares).length >= 2, { error: "must name at least two models" })
    .optional()
    .describe(
      "several models instead of `model`, each with its share of the experiments, such as `{ cheap: 0.7, strong: 0.3 }`",
    );

interface Named {
  readonly model?: string | undefined;
  readonly models?: Readonly<Record<string, number>> | undefined;
}

export function refuseTwoNames({ model, models: shares }: Named, context: z.RefinementCtx): void {
  if (model === undefined || shares === undefined) return;
  context.addIssue({ code: "custom", path: ["models"], message: "stands beside model; keep one" });
}

/** `model` is the one with the largest share where there are several, and the usual one where there is none. */
export function namedModels({ model, models: shares }: Named, usual: string) {
  if (shares === undefined) return { model: model ?? usual };
  const byShare = Object.entries(shares).toSorted(([, a], [, b]) => b - a);
  return { model: byShare[0]?.[0] ?? usual, models: shares };
}

export const longWait = () =>
  z
    .enum(["end", "wait"])
    .default("end")
    .describe(
      "what to do where the API asks to be left alone for more than ten minutes: end the run, or wait",
    );
