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

export const longWait = () =>
  z
    .enum(["end", "wait"])
    .default("end")
    .describe(
      "what to do where the API asks to be left alone for more than ten minutes: end the run, or wait",
    );
