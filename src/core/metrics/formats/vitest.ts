import { z } from "zod";
import { UserError } from "../../error.ts";
import { parseJsonReport, type Quantity } from "./quantity.ts";

const TOOL = "vitest bench (--outputJson)";

const reportSchema = z.object({
  files: z.array(
    z.object({
      groups: z.array(
        z.object({
          fullName: z.string(),
          benchmarks: z.array(
            z.object({
              name: z.string(),
              samples: z.array(z.number()).default([]),
              mean: z.number().nullish(),
              hz: z.number().nullish(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** The mean of a run, or its samples where the project sets `benchmark.includeSamples`. */
export function readVitest(text: string): Quantity[] {
  const { files } = parseJsonReport(TOOL, reportSchema, text);
  const groups = files.flatMap((file) => file.groups);
  const quantities = groups.flatMap(({ fullName, benchmarks }) =>
    benchmarks.flatMap(({ name, samples, mean, hz }): Quantity[] => {
      const benchmark = `${fullName} > ${name}`;
      const times = samples.length > 0 ? samples : [mean ?? []].flat();
      // A benchmark that threw is there without figures.
      if (times.length === 0) throw new UserError(`${benchmark} has no result`);
      const time = {
        benchmark,
        measure: "(ms/iter)",
        direction: "lower",
        isPrimary: true,
      } as const;
      const rate = { benchmark, measure: "(hz)", direction: "higher", isPrimary: false } as const;
      return [
        { ...time, samples: times },
        ...[hz ?? []].flat().map((value) => ({ ...rate, samples: [value] })),
      ];
    }),
  );
  if (quantities.length === 0) throw new UserError(`no report of ${TOOL}: it has no benchmark`);
  return quantities;
}
