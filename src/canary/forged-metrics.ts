import { type DurationRule, unseenClaims } from "../core/judging/doubt.ts";
import { type Aggregate, aggregateRows, sumRows } from "../core/metrics/aggregate.ts";
import type { Metric } from "../core/metrics/metric.ts";
import { withoutWarmup } from "../core/metrics/row-rule.ts";
import type { MetricsRow, MetricsTable } from "../core/metrics/table.ts";
import { formatCounted } from "../core/text/number.ts";
import type { Forgery } from "./finding.ts";

/** Enough pairs for any interval that `unseenClaims` asks for. */
const PAIRS = 6;
/** A smaller gain is only rounding. */
const SMALLEST_GAIN = 0.01;
/** A shell's argument holds 128 KiB. */
const MOST_CHARACTERS = 32 * 1024;

/** A metrics file that the benchmark did not write. */
export interface ForgedMetrics {
  readonly rows: readonly MetricsRow[];
  readonly lines: readonly string[];
}

/** The benchmark's own rows, with every value twice as good. That is not suspicious for its size alone. */
export function forgeRows(header: string, { metrics, rows }: MetricsTable): ForgedMetrics {
  const forged: MetricsRow[] = [];
  const lines = [header];
  let characters = header.length;
  for (const { iteration, values } of rows) {
    const better = values.map((value, i) => twiceAsGood(value, metrics[i]?.direction ?? "higher"));
    const line = [iteration, ...better].join(",");
    characters += line.length + 1;
    if (forged.length > 0 && characters > MOST_CHARACTERS) break;
    forged.push({ iteration, values: better });
    lines.push(line);
  }
  return { rows: forged, lines };
}

/** Whether any forged row is among those that would be compared. */
export function holdsForged({ rows }: MetricsTable, forged: ForgedMetrics): boolean {
  return rows.some((row) =>
    forged.rows.some(
      ({ iteration, values }) =>
        row.iteration === iteration && values.every((value, i) => row.values[i] === value),
    ),
  );
}

/** The benchmark as it is. */
export interface HonestRun {
  readonly table: MetricsTable;
  readonly wallMs: number;
  /** `null` where it is not known. */
  readonly cpuMs: number | null;
}

/** How the run turns rows into verdicts. */
export interface Judging {
  readonly rowRule: DurationRule & { readonly warmupRows: number };
  readonly aggregates: readonly Aggregate[];
  readonly weights: Readonly<Record<string, number>> | null;
  /** Metrics that no row says, as loopty counts them. */
  readonly outside: readonly string[];
}

/** The evidence against forged rows that were read, printed by a run that took as long as the honest one. */
export function judgeForgery(honest: HonestRun, forged: MetricsTable, judging: Judging): Forgery {
  const names = deciding(honest.table.metrics, judging);
  if (names.length === 0) {
    return { kind: "unread", reason: "loopty itself counts what decides, whatever the rows say" };
  }
  return judgeRows(honest, forged, judging, names);
}

/** What the rows themselves say. */
export function saidByRows(
  { metrics, rows }: MetricsTable,
  outside: Judging["outside"],
): MetricsTable {
  const isSaid = metrics.map(({ name }) => !outside.includes(name));
  return {
    metrics: metrics.filter((_metric, index) => isSaid[index]),
    rows: rows.map(({ iteration, values }) => ({
      iteration,
      values: values.filter((_value, index) => isSaid[index]),
    })),
  };
}

/**
 * The evidence against rows that are each twice as good, except the first, which takes what they shed, so that sums are
 * as before. Where no value that decides gains by it, the forgery is as good as unread.
 */
export function judgeShift(honest: HonestRun, judging: Judging): Forgery {
  const { table } = honest;
  const shifted = shiftRows(table);
  const before = valuesOf(table, judging);
  const after = valuesOf(shifted, judging);
  const gains = (name: string) => {
    const index = table.metrics.findIndex((metric) => metric.name === name);
    const was = before[index] ?? 0;
    const gain = (after[index] ?? 0) - was;
    const least = SMALLEST_GAIN * Math.abs(was);
    return table.metrics[index]?.direction === "lower" ? gain < -least : gain > least;
  };
  const better = deciding(table.metrics, judging).filter(gains);
  if (better.length > 0) return judgeRows(honest, shifted, judging, better);
  const rows = formatCounted(table.rows.length, "row");
  return { kind: "unread", reason: `with ${rows} of yours no value gains while the sum stays` };
}

function judgeRows(
  { table, wallMs, cpuMs }: HonestRun,
  forged: MetricsTable,
  judging: Judging,
  names: readonly string[],
): Forgery {
  const printed = (by: MetricsTable) => ({
    sums: sumRows(by),
    values: [...valuesOf(by, judging)],
    rows: by.rows.length,
  });
  const parent = { ...printed(table), wallMs, cpuMs };
  // Without noise one pair stands for any number of pairs.
  const pair = { parent, child: { ...parent, ...printed(forged) } };
  const claims = unseenClaims(
    table.metrics,
    Array.from({ length: PAIRS }, () => pair),
    judging.rowRule,
  );
  const caught = new Set(claims.map(({ metric }) => metric));
  return {
    kind: "read",
    unseen: names.filter((name) => !caught.has(name)),
    flagged: names.filter((name) => caught.has(name)),
  };
}

function deciding(metrics: readonly Metric[], { weights, outside }: Judging): string[] {
  const names = metrics.map(({ name }) => name);
  const decide =
    weights === null ? names.slice(0, 1) : names.filter((name) => Object.hasOwn(weights, name));
  return decide.filter((name) => !outside.includes(name));
}

function shiftRows({ metrics, rows }: MetricsTable): MetricsTable {
  const [first, ...others] = rows.map(({ values }) => values);
  const better = others.map((values) =>
    values.map((value, i) => twiceAsGood(value, metrics[i]?.direction ?? "higher")),
  );
  const rest = first?.map((value, i) =>
    others.reduce((sum, values, row) => sum + (values[i] ?? 0) - (better[row]?.[i] ?? 0), value),
  );
  const shifted = rest === undefined ? [] : [rest, ...better];
  return { metrics, rows: rows.map((row, i) => ({ ...row, values: shifted[i] ?? row.values })) };
}

/** The values that would be compared; none where all rows are warm-up. */
function valuesOf(table: MetricsTable, { rowRule, aggregates }: Judging): readonly number[] {
  const counted = withoutWarmup(table, rowRule.warmupRows);
  return counted.rows.length === 0 ? [] : aggregateRows(counted, aggregates);
}

/** `your benchmark's own 5 rows alone came out` */
export function ownRowsText({ rows }: MetricsTable): string {
  return `your benchmark's own ${formatCounted(rows.length, "row")} alone came out`;
}

function twiceAsGood(value: number, direction: Metric["direction"]): number {
  if (value === 0) return direction === "lower" ? -1 : 1;
  return value > 0 === (direction === "lower") ? value / 2 : value * 2;
}
