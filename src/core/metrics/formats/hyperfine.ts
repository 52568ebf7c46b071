import { z } from "zod";
import { UserError } from "../../error.ts";
import { ownValue } from "../../own-value.ts";
import { parseJson } from "../../text/json.ts";
import { parseReport, type Quantity, samplesSchema } from "./quantity.ts";

const TOOL = "hyperfine (--export-json)";
const exitCodeSchema = z.number().nullable();

// 1.x: arrays beside each other; `user` and `system` are means of all runs.
const firstSchema = z.object({
  results: z
    .array(
      z.object({
        command: z.string(),
        times: samplesSchema,
        user: z.number().nullish(),
        system: z.number().nullish(),
        memory_usage_byte: z.array(z.number()).nullish(),
        exit_codes: z.array(exitCodeSchema).default([]),
      }),
    )
    .min(1),
});

const valueSchema = z.object({ value: z.number(), unit: z.string() });

// 2.x: one object a run, each value with its unit.
const secondSchema = z.object({
  schema_version: z.literal(2),
  primary_metric: z.string().default("time_wall_clock"),
  results: z
    .array(
      z.object({
        command: z.string(),
        measurements: z.array(z.record(z.string(), z.union([valueSchema, exitCodeSchema]))).min(1),
      }),
    )
    .min(1),
});

const NAMES: Readonly<Record<string, string>> = {
  time_wall_clock: "time",
  time_cpu: "cpu",
  time_user: "user",
  time_system: "system",
  memory_peak_resident: "memory",
};
const UNITS: Readonly<Record<string, string>> = { second: "s", byte: "bytes" };

/** Both schemas of hyperfine's JSON. With one command its name is left out. */
export function readHyperfine(text: string): Quantity[] {
  const value = parseJson(text);
  if (value === undefined) throw new UserError(`no report of ${TOOL}: it is not JSON`);
  const isSecond = z.object({ schema_version: z.unknown() }).safeParse(value).success;
  return isSecond ? readSecond(value) : readFirst(value);
}

function readFirst(value: unknown): Quantity[] {
  const { results } = parseReport(TOOL, firstSchema, value);
  return results.flatMap((result) => {
    const { command, times, user, system, memory_usage_byte: memory } = result;
    refuseFailure(command, result.exit_codes);
    const benchmark = results.length === 1 ? "" : command;
    const of = (measure: string, samples: readonly number[], isPrimary = false): Quantity[] =>
      samples.length === 0 ? [] : [{ benchmark, measure, direction: "lower", samples, isPrimary }];
    return [
      ...of("time (s)", times, true),
      ...of("user (s)", [user ?? []].flat()),
      ...of("system (s)", [system ?? []].flat()),
      ...of("memory (bytes)", memory ?? []),
    ];
  });
}

function readSecond(value: unknown): Quantity[] {
  const { results, primary_metric: primary } = parseReport(TOOL, secondSchema, value);
  return results.flatMap(({ command, measurements }) => {
    refuseFailure(
      command,
      measurements.map(({ exit_code: code }) => (typeof code === "object" ? null : (code ?? 0))),
    );
    const keys = Object.keys(measurements[0] ?? {}).filter((key) => key !== "exit_code");
    return keys.flatMap((key): Quantity[] => {
      const values = measurements.flatMap((measurement) => {
        const found = ownValue(measurement, key);
        return typeof found === "object" && found !== null ? [found] : [];
      });
      const unit = values[0]?.unit;
      if (unit === undefined || values.some((other) => other.unit !== unit)) return [];
      const measure = `${ownValue(NAMES, key) ?? key} (${ownValue(UNITS, unit) ?? unit})`;
      return [
        {
          benchmark: results.length === 1 ? "" : command,
          measure,
          direction: "lower",
          samples: values.map((sample) => sample.value),
          isPrimary: key === primary,
        },
      ];
    });
  });
}

/** A command that fails is quick: with `hyperfine -i` such times are reported like any others. */
function refuseFailure(command: string, exitCodes: readonly (number | null)[]): void {
  const failed = exitCodes.find((code) => code !== 0);
  if (failed === undefined) return;
  const how = failed === null ? "was ended by a signal" : `exited with ${failed}`;
  throw new UserError(`the command ${command} ${how}`);
}
