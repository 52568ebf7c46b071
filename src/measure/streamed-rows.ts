import { createHash } from "node:crypto";
import type { Metric } from "../core/metrics/metric.ts";
import type { MetricsRow, MetricsTable } from "../core/metrics/table.ts";

/**
 * The rows that were streamed while a benchmark ran, to be compared with those of the file that it left. It takes a few
 * bytes, however many rows there are. What was not known yet (`NaN`) is not compared.
 */
export class StreamedRows {
  readonly #digest = createHash("sha256");
  #count = 0;
  #known: readonly boolean[] = [];

  get count(): number {
    return this.#count;
  }

  push(metrics: readonly Metric[], row: MetricsRow): void {
    if (this.#count === 0) {
      this.#known = row.values.map((value) => !Number.isNaN(value));
      this.#digest.update(headersOf(metrics));
    }
    this.#digest.update(textOf(row, this.#known));
    this.#count++;
  }

  /** Whether the table begins with them. If not, its file was written anew meanwhile. */
  areHeadOf({ metrics, rows }: MetricsTable): boolean {
    if (this.#count === 0) return true;
    if (rows.length < this.#count) return false;
    const digest = createHash("sha256").update(headersOf(metrics));
    for (const row of rows.slice(0, this.#count)) digest.update(textOf(row, this.#known));
    return digest.digest().equals(this.#digest.copy().digest());
  }
}

function headersOf(metrics: readonly Metric[]): string {
  return JSON.stringify(metrics.map(({ header }) => header));
}

function textOf({ iteration, values }: MetricsRow, known: readonly boolean[]): string {
  return `\n${[iteration, ...values.filter((_, index) => known[index])].join()}`;
}
