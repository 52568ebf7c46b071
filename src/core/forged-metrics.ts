import type { Forgery } from "./canary.ts";
import type { Metric } from "./metric.ts";
import type { MetricsRow, MetricsTable } from "./metrics-table.ts";
import { formatCounted } from "./number-text.ts";
import { unseenClaims } from "./suspicion.ts";

/** Enough for any interval that `unseenClaims` asks for. */
const PAIRS = 6;
/** A shell's argument holds 128 KiB. */
const MOST_CHARACTERS = 32 * 1024;

/** A metrics file that the benchmark did not write. */
export interface ForgedMetrics {
  readonly rows: readonly MetricsRow[];
  readonly lines: readonly string[];
}

/** The benchmark's own rows, every value twice as good: below what is suspicious for its size alone. */
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

/** What speaks against forged rows that were read, printed by a run that took as long as the honest one. */
export function judgeForgery(
  { table, wallMs, cpuMs }: HonestRun,
  forged: MetricsTable,
  weights: Readonly<Record<string, number>> | null,
): Forgery {
  const printed = (by: MetricsTable) => ({ sums: sumsOf(by), values: [], rows: by.rows.length });
  const parent = { ...printed(table), wallMs, cpuMs };
  // Without noise one pair stands for any number of them.
  const pair = { parent, child: { ...parent, ...printed(forged) } };
  const claims = unseenClaims(
    table.metrics,
    Array.from({ length: PAIRS }, () => pair),
  );
  const caught = new Set(claims.map(({ metric }) => metric));
  const names = table.metrics.map(({ name }) => name);
  const deciding =
    weights === null ? names.slice(0, 1) : names.filter((name) => Object.hasOwn(weights, name));
  return {
    kind: "read",
    unseen: deciding.filter((name) => !caught.has(name)),
    flagged: deciding.filter((name) => caught.has(name)),
  };
}

function sumsOf({ metrics, rows }: MetricsTable): number[] {
  return metrics.map((_, i) => rows.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
}

/** `your benchmark's own 5 rows alone came out` */
export function ownRowsText({ rows }: MetricsTable): string {
  return `your benchmark's own ${formatCounted(rows.length, "row")} alone came out`;
}

function twiceAsGood(value: number, direction: Metric["direction"]): number {
  if (value === 0) return direction === "lower" ? -1 : 1;
  return value > 0 === (direction === "lower") ? value / 2 : value * 2;
}
