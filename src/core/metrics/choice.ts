import { UserError } from "../error.ts";
import { printable } from "../text/printable.ts";
import { quoted } from "./cell.ts";
import type { MetricsFormat } from "./formats/names.ts";
import { type Metric, readHeader } from "./metric.ts";
import {
  OUTSIDE_NAMES,
  type OutsideCount,
  type OutsideName,
  outsideMetric,
  outsideValue,
} from "./outside.ts";

/** Which of the benchmark's metrics count, and as what: keys of `metrics` in loopty.yaml. */
export interface MetricsChoice {
  /**
   * Names, or patterns in which `*` is any text, in order of priority. `null` selects what the report is about, or all
   * columns. What is counted outside of the container is there where its own name is, and no pattern means it.
   */
  readonly select: readonly string[] | null;
  /** One metric instead of those that are selected, guards left out. */
  readonly combine: "geomean" | null;
  /** Names of metrics that win nothing and may not get worse: they come last. */
  readonly guards: readonly string[];
}

export const EVERYTHING: MetricsChoice = { select: null, combine: null, guards: [] };

/** How a benchmark's output is read. */
export interface MetricsSource {
  readonly format: MetricsFormat;
  readonly choice: MetricsChoice;
}

/** loopty's own CSV, of which every column counts: what the benchmark writes is what is kept. */
export const WHOLE_CSV: MetricsSource = { format: "csv", choice: EVERYTHING };

export function isWholeCsv({ format, choice }: MetricsSource): boolean {
  const { select, combine, guards } = choice;
  return format === "csv" && select === null && combine === null && guards.length === 0;
}

/** The metrics of this choice that loopty counts itself. */
export function outsideNamed({ select, guards }: MetricsChoice): readonly OutsideName[] {
  const named = new Set([...(select ?? []), ...guards]);
  return OUTSIDE_NAMES.filter((name) => named.has(name));
}

/** Whether nothing that the benchmark writes counts. */
export function isOutsideOnly({ select, guards }: MetricsChoice): boolean {
  const known: readonly string[] = OUTSIDE_NAMES;
  return select !== null && [...select, ...guards].every((name) => known.includes(name));
}

/** Throws `UserError` where a metric is named that the machine does not count. */
export function outsideValues(choice: MetricsChoice, count: OutsideCount): readonly number[] {
  return outsideNamed(choice).map((name) => outsideValue(name, count));
}

/** A metric that a benchmark offers. */
export interface OfferedMetric {
  readonly metric: Metric;
  /** Taken where nothing is selected. */
  readonly isPrimary: boolean;
}

/** How a row of what is offered becomes a row of what counts. */
export interface ChosenMetrics {
  readonly metrics: readonly Metric[];
  /**
   * Indices of what is offered, behind which comes what is counted outside. The combined ones come first; without any,
   * all are taken.
   */
  readonly columns: readonly number[];
  /** How many of the first columns become one value. */
  readonly combined: number;
}

const NAMES_IN_A_MESSAGE = 12;
const NAME_CHARACTERS = 80;

/**
 * Throws `UserError` where a name belongs to nothing that is offered or to two things, or metrics cannot be combined.
 */
export function chooseMetrics(
  offered: readonly OfferedMetric[],
  choice: MetricsChoice,
): ChosenMetrics {
  const { select, combine, guards } = choice;
  const selected = new Set<number>();
  const own = [...offered.entries()];
  const all = [...offered.map(({ metric }) => metric), ...outsideOf(choice, offered)];
  for (const pattern of select ?? []) {
    const found = all.findIndex(({ name }) => name === pattern);
    const matching = found < 0 ? own.filter(matcherOf(pattern)).map(([index]) => index) : [found];
    if (matching.length === 0) refuse("select", pattern, offered);
    for (const index of matching) selected.add(index);
  }
  if (select === null) for (const [index, { isPrimary }] of own) if (isPrimary) selected.add(index);
  const guarded = guards.map((name) => {
    const index = all.findIndex((metric) => metric.name === name);
    return index < 0 ? refuse("guards", name, offered) : index;
  });
  const winning = [...selected].filter((index) => !guarded.includes(index));
  const columns = [...winning, ...guarded];
  const metricsOf = (columns: readonly number[]) => columns.flatMap((index) => all[index] ?? []);
  if (winning.length === 0) throw new UserError("metrics.guards: no metric is left to win by");
  if (combine === null) return { metrics: metricsOf(columns), columns, combined: 0 };
  return {
    metrics: [geomeanOf(metricsOf(winning)), ...metricsOf(guarded)],
    columns,
    combined: winning.length,
  };
}

/** Beside a metric of the benchmark of that name, nobody would know which of the two decides. */
function outsideOf(choice: MetricsChoice, offered: readonly OfferedMetric[]): Metric[] {
  return outsideNamed(choice).map((name) => {
    if (offered.some(({ metric }) => metric.name === name)) {
      throw new UserError(`metrics: ${name} is what loopty counts, and the benchmark has one too`, {
        hint: "give the benchmark's another name",
      });
    }
    return outsideMetric(name);
  });
}

/** The row of what counts, from the values of all that is offered and of all that is counted outside. Throws `UserError` where the geometric mean has no value. */
export function chosenRow(chosen: ChosenMetrics, offered: readonly number[]): readonly number[] {
  return combinedRow(
    chosen,
    chosen.columns.map((index) => offered[index] ?? 0),
  );
}

/** The same from the values of the chosen columns alone. */
export function combinedRow(
  { combined }: ChosenMetrics,
  values: readonly number[],
): readonly number[] {
  if (combined === 0) return values;
  const parts = values.slice(0, combined);
  const least = Math.min(...parts);
  if (least <= 0) {
    throw new UserError(`metrics.combine: a geometric mean needs values above 0, one is ${least}`);
  }
  // Logarithms are used, as a product of many values is soon too large for a number.
  const mean = parts.reduce((sum, value) => sum + Math.log(value) / combined, 0);
  return [Math.exp(mean), ...values.slice(combined)];
}

function geomeanOf(parts: readonly Metric[]): Metric {
  const directions = new Set(parts.map(({ direction }) => direction));
  if (directions.size > 1) {
    throw new UserError("metrics.combine: of some metrics lower is better, of others higher", {
      hint: "name those of one direction in metrics.select",
    });
  }
  return readHeader(`geomean (${[...directions].join()} is better)`);
}

function matcherOf(pattern: string): (entry: readonly [number, OfferedMetric]) => boolean {
  const pieces = pattern.split("*");
  return ([, { metric }]) => matches(metric.name, pieces);
}

/** Matched by hand, as a regular expression of many stars may take for ever on a name that a report made up. */
function matches(name: string, pieces: readonly string[]): boolean {
  const [first = "", ...others] = pieces;
  if (!name.startsWith(first)) return false;
  if (others.length === 0) return name === first;
  let at = first.length;
  for (const piece of others.slice(0, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  const last = others.at(-1) ?? "";
  return name.length - last.length >= at && name.endsWith(last);
}

function refuse(key: string, name: string, offered: readonly OfferedMetric[]): never {
  const names = offered
    .slice(0, NAMES_IN_A_MESSAGE)
    .map(({ metric }) => printable(metric.name, NAME_CHARACTERS));
  const more = offered.length > NAMES_IN_A_MESSAGE ? ", …" : "";
  throw new UserError(`metrics.${key}: the benchmark has no metric ${quoted(name)}`, {
    hint: `its metrics are ${names.join(", ")}${more}`,
  });
}
