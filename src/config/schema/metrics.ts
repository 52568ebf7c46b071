import { z } from "zod";
import { aggregateSchema } from "../../core/metrics/aggregate.ts";
import type { MetricsSource } from "../../core/metrics/choice.ts";
import { METRICS_FORMATS } from "../../core/metrics/formats/names.ts";
import { OUTSIDE_NAMES } from "../../core/metrics/outside.ts";
import { rowsKindSchema } from "../../core/metrics/row-rule.ts";
import { scaleKindSchema } from "../../core/metrics/scale.ts";
import { countOrAuto, factor, percent } from "./field.ts";
import { filePathProblem, refuse } from "./path-field.ts";

/** `metrics.file` of a benchmark that prints its rows. */
const STDOUT = "-";

export const metricsSchema = z
  .strictObject({
    file: z
      .string()
      .superRefine(refuse((path) => (path === STDOUT ? null : filePathProblem(path))))
      .default("metrics.csv")
      .describe("the file the benchmark writes (its path is in `$LOOPTY_METRICS`); `-` is stdout"),
    format: z
      .enum(METRICS_FORMATS)
      .default("csv")
      .describe(
        "what the benchmark writes: loopty's CSV, the report of a tool, or lines `METRIC name=value`",
      ),
    select: z
      .array(z.string().min(1, { error: "must not be empty" }))
      .min(1, { error: "must name at least one metric" })
      .optional()
      .describe(
        "which metrics count, in order of priority: names, or patterns in which `*` is any text; `wall_ms` and `cpu_ms` are loopty's own counts of the whole run; left out, all columns, or what the report is about",
      ),
    combine: z
      .enum(["geomean"])
      .optional()
      .describe("one metric instead of those that count: their geometric mean in every row"),
    guards: z
      .record(z.string(), percent())
      .default({})
      .meta({ quantity: "metric: percentage" })
      .describe(
        "metrics that win nothing, and may not get worse by more than so much, whatever else is gained; also `wall_ms` and `cpu_ms`",
      ),
    rows: rowsKindSchema
      .default("auto")
      .describe(
        "what rows are: repeated samples of one quantity, or a series that develops; `auto` looks at the baseline's",
      ),
    aggregate: aggregateSchema
      .optional()
      .describe(
        "how the rows of one run of the benchmark become one value; left out, it is the median of samples and the mean of a series' last tenth",
      ),
    warmup_rows: countOrAuto({ min: 0 })
      .prefault(0)
      .describe(
        "first rows of every run that count for nothing; `auto`: those that are far worse than the rest in the baseline",
      ),
    weights: z
      .record(z.string(), z.number().positive({ error: "must be above 0" }))
      .refine((weights) => Object.keys(weights).length > 0, {
        error: "must name at least one metric",
      })
      .optional()
      .meta({ quantity: "metric: number" })
      .describe(
        "one weighted score over these metrics instead of strict priority from left to right",
      ),
    min_effect: percent()
      .prefault("0.5%")
      .describe("a smaller gain does not count as an improvement"),
    scale: z
      .record(z.string(), scaleKindSchema)
      .default({})
      .meta({ quantity: "metric: ratio | difference" })
      .describe(
        "how two values of a metric are compared; left out, by their ratio where all of the baseline's are above 0, else by their difference",
      ),
    suspicious: factor()
      .prefault("3x")
      .describe("a larger gain in one step must be confirmed before it may be built on"),
    early_stop: z
      .boolean()
      .default(true)
      .describe(
        "stop a child's benchmark once its rows are hopelessly behind its parent's; only where the first metric is a series",
      ),
  })
  .superRefine(({ weights = {}, guards, select = [] }, context) => {
    for (const name of OUTSIDE_NAMES) {
      if (!Object.hasOwn(weights, name) || select.includes(name)) continue;
      const message = "is no metric before metrics.select names it";
      context.addIssue({ code: "custom", path: ["weights", name], message });
    }
    for (const [name, limit] of Object.entries(guards)) {
      const refuse = (message: string) =>
        context.addIssue({ code: "custom", path: ["guards", name], message });
      if (limit >= 1) refuse("must be below 100%");
      if (Object.hasOwn(weights, name)) refuse("has a weight too");
    }
  })
  .transform((metrics) => ({
    file: metrics.file,
    source: {
      format: metrics.format,
      choice: {
        select: metrics.select ?? null,
        combine: metrics.combine ?? null,
        guards: Object.keys(metrics.guards),
      },
    } satisfies MetricsSource,
    /** By name: how much worse each may be, 0.05 is 5 %. */
    guards: metrics.guards,
    rows: metrics.rows,
    aggregate: metrics.aggregate ?? null,
    warmupRows: metrics.warmup_rows,
    weights: metrics.weights ?? null,
    minEffectRatio: metrics.min_effect,
    scale: metrics.scale,
    suspiciousFactor: metrics.suspicious,
    earlyStop: metrics.early_stop,
  }));
