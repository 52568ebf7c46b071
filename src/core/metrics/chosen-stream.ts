import { UserError } from "../error.ts";
import {
  type ChosenMetrics,
  chooseMetrics,
  chosenRow,
  isOutsideOnly,
  type MetricsChoice,
  type MetricsSource,
  outsideValues,
} from "./choice.ts";
import type { Metric } from "./metric.ts";
import { NOT_COUNTED_YET } from "./outside.ts";
import { MetricsStream } from "./stream.ts";
import type { MetricsRow } from "./table.ts";

/**
 * The rows that count, while they are being written, for showing only. Reports have none, because a tool writes its
 * report at the end. The stream falls silent where the whole file would be refused. What is counted outside is `NaN`, as
 * it is not known before the run has ended.
 */
export class ChosenStream {
  readonly #stream = new MetricsStream();
  readonly #choice: MetricsChoice;
  #chosen: ChosenMetrics | null = null;
  #silent: boolean;

  constructor({ format, choice }: MetricsSource) {
    this.#choice = choice;
    this.#silent = format !== "csv" || isOutsideOnly(choice);
  }

  /** `null` until the header is complete. */
  get metrics(): readonly Metric[] | null {
    return this.#chosen?.metrics ?? null;
  }

  push(chunk: Buffer): readonly MetricsRow[] {
    if (this.#silent) return [];
    const rows = this.#stream.push(chunk);
    if (this.#stream.metrics === null) return [];
    try {
      const offered = this.#stream.metrics.map((metric) => ({ metric, isPrimary: true }));
      const chosen = this.#chosen ?? chooseMetrics(offered, this.#choice);
      this.#chosen = chosen;
      const outside = outsideValues(this.#choice, NOT_COUNTED_YET);
      return rows.map(({ iteration, values }) => ({
        iteration,
        values: chosenRow(chosen, [...values, ...outside]),
      }));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#silent = true;
      return [];
    }
  }
}
