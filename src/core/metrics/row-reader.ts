import { messageOf, UserError } from "../error.ts";
import { printable } from "../text/printable.ts";
import {
  type CellFault,
  fault,
  isHeading,
  quoted,
  type Read,
  readNumber,
  splitCells,
} from "./cell.ts";
import { type Metric, readHeader } from "./metric.ts";

/** One line of a metrics file: its iteration and a value for every metric, in the order of the columns. */
export interface MetricsRow {
  readonly iteration: number;
  readonly values: readonly number[];
}

/** Where and why a metrics file is wrong. `line` counts from 1; all text is safe to print. */
export interface MetricsFault extends CellFault {
  readonly line: number;
}

/** `line 3, column time_ms: the cell is empty` */
export function faultText({ line, column, reason }: MetricsFault): string {
  return `line ${line}${column === null ? "" : `, column ${column}`}: ${reason}`;
}

export interface MetricsLimits {
  readonly rows: number;
  readonly rowBytes: number;
}

export const METRICS_LIMITS: MetricsLimits = { rows: 100_000, rowBytes: 1024 * 1024 };

export type LineReading =
  | { readonly kind: "row"; readonly row: MetricsRow }
  | { readonly kind: "skip" }
  | ({ readonly kind: "invalid" } & MetricsFault);

const COLUMN_CHARACTERS = 40;
/** More than anybody reads. What is reported of a row is some ten times as long as the row, as it repeats the names. */
const MOST_COLUMNS = 1000;

interface Header {
  readonly cells: readonly string[];
  readonly metrics: readonly Metric[];
}

/**
 * Reads a metrics file line by line. No cell may hold a line break, so a line can be judged as soon as it is there.
 * Blank lines are skipped, and the first other line is the header. The reader must not be used again after a fault.
 */
export class RowReader {
  private readonly limits: MetricsLimits;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private header: Header | null = null;
  private line = 0;
  private rowCount = 0;
  private lastIteration = -1;

  constructor(limits: MetricsLimits) {
    this.limits = limits;
  }

  /** `null` before the header. */
  get metrics(): readonly Metric[] | null {
    return this.header?.metrics ?? null;
  }

  /** `bytes` are one line without its line feed. */
  read(bytes: Uint8Array): LineReading {
    this.line++;
    const text = this.decode(bytes);
    if ("fault" in text) return { kind: "invalid", line: this.line, ...text.fault };
    if (text.ok.trim() === "") return { kind: "skip" };
    const cells = splitCells(text.ok);
    if ("fault" in cells) return { kind: "invalid", line: this.line, ...cells.fault };
    if (this.header === null) {
      const metrics = readHeaderCells(cells.ok);
      if ("fault" in metrics) return { kind: "invalid", line: this.line, ...metrics.fault };
      this.header = { cells: cells.ok, metrics: metrics.ok };
      return { kind: "skip" };
    }
    const row = this.readRow(cells.ok, this.header);
    if ("fault" in row) return { kind: "invalid", line: this.line, ...row.fault };
    this.rowCount++;
    this.lastIteration = row.ok.iteration;
    return { kind: "row", row: row.ok };
  }

  /** What is wrong with a file that ends here. */
  end(): MetricsFault | null {
    const line = Math.max(1, this.line);
    if (this.header === null) return { line, column: null, reason: "there is no header" };
    if (this.rowCount === 0) return { line, column: null, reason: "there is no row" };
    return null;
  }

  private decode(bytes: Uint8Array): Read<string> {
    if (bytes.length > this.limits.rowBytes) {
      return fault(`the row is longer than ${this.limits.rowBytes} bytes`);
    }
    let text: string;
    try {
      text = this.decoder.decode(bytes);
    } catch {
      return fault("the row is not UTF-8");
    }
    return text.includes("\0") ? fault("the row holds a NUL character") : { ok: text };
  }

  private readRow(cells: readonly string[], header: Header): Read<MetricsRow> {
    if (cells.every((cell, i) => cell === header.cells[i])) return fault("the header is repeated");
    if (cells.every(isHeading)) return fault(`a second header ${quoted(cells.join(","))}`);
    if (this.rowCount >= this.limits.rows) return fault(`more than ${this.limits.rows} rows`);
    if (cells.length > header.cells.length) {
      return fault(`${cells.length} cells under ${header.cells.length} headers`);
    }
    const [first = "", ...rest] = cells;
    const iteration = this.readIteration(
      first,
      printable(header.cells[0] ?? "", COLUMN_CHARACTERS),
    );
    if ("fault" in iteration) return iteration;
    const values: number[] = [];
    for (const [i, metric] of header.metrics.entries()) {
      const cell = rest[i];
      if (cell === undefined) return fault("the cell is missing", metric.name);
      const value = readNumber(cell, metric.name);
      if ("fault" in value) return value;
      values.push(value.ok);
    }
    return { ok: { iteration: iteration.ok, values } };
  }

  private readIteration(cell: string, column: string): Read<number> {
    const iteration = readNumber(cell, column);
    if ("fault" in iteration) return iteration;
    if (!Number.isSafeInteger(iteration.ok) || iteration.ok < 0) {
      return fault(`the iteration ${quoted(cell)} is not a whole number from 0`, column);
    }
    if (iteration.ok <= this.lastIteration) {
      return fault(`the iteration ${quoted(cell)} does not grow`, column);
    }
    return iteration;
  }
}

function readHeaderCells(cells: readonly string[]): Read<Metric[]> {
  if (cells.every((cell) => "ok" in readNumber(cell, null))) {
    return fault("there is no header: the first line has only numbers");
  }
  if (cells.length < 2) return fault("there is no metric beside the iteration");
  if (cells.length > MOST_COLUMNS) return fault(`more than ${MOST_COLUMNS} columns`);
  const headers = new Set<string>();
  const metrics = new Map<string, Metric>();
  for (const [i, cell] of cells.entries()) {
    const column = printable(cell, COLUMN_CHARACTERS);
    if (headers.has(cell)) return fault(`the header ${quoted(cell)} is there twice`, column);
    headers.add(cell);
    if (i === 0) continue;
    let metric: Metric;
    try {
      metric = readHeader(cell);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return fault(`${messageOf(error)} (column ${i + 1})`, column);
    }
    if (metrics.has(metric.name)) {
      return fault(`the metric ${quoted(metric.name)} is there twice`, column);
    }
    metrics.set(metric.name, metric);
  }
  return { ok: [...metrics.values()] };
}
