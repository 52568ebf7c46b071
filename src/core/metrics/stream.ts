import type { Metric } from "./metric.ts";
import { METRICS_LIMITS, type MetricsLimits, type MetricsRow, RowReader } from "./row-reader.ts";

const LINE_FEED = 0x0a;
const FIRST_LINE_BYTES = 256;

/**
 * Rows of a metrics file while it is being written, for showing only. The file that is read back at the end decides.
 * The stream falls silent at the first invalid line, and never holds more than one unfinished line.
 */
export class MetricsStream {
  private readonly limits: MetricsLimits;
  private readonly reader: RowReader;
  private line = Buffer.alloc(FIRST_LINE_BYTES);
  private lineBytes = 0;
  private silent = false;

  constructor(limits: MetricsLimits = METRICS_LIMITS) {
    this.limits = limits;
    this.reader = new RowReader(limits);
  }

  /** `null` until the header is complete. */
  get metrics(): readonly Metric[] | null {
    return this.reader.metrics;
  }

  /** The rows that this chunk completes. A chunk may end anywhere, also within a character. */
  push(chunk: Buffer): readonly MetricsRow[] {
    const rows: MetricsRow[] = [];
    let start = 0;
    while (!this.silent) {
      const lineFeed = chunk.indexOf(LINE_FEED, start);
      if (lineFeed < 0) break;
      this.append(chunk.subarray(start, lineFeed));
      rows.push(...this.readLine());
      start = lineFeed + 1;
    }
    this.append(chunk.subarray(start));
    return rows;
  }

  /** The row of a last line without a line feed. Until the end it could have been half a number. */
  end(): readonly MetricsRow[] {
    return this.readLine();
  }

  private append(bytes: Buffer): void {
    const length = this.lineBytes + bytes.length;
    if (length > this.limits.rowBytes) this.silent = true;
    if (this.silent) return;
    if (length > this.line.length) {
      const longer = Buffer.alloc(Math.max(length, 2 * this.line.length));
      this.line.copy(longer, 0, 0, this.lineBytes);
      this.line = longer;
    }
    bytes.copy(this.line, this.lineBytes);
    this.lineBytes = length;
  }

  private readLine(): MetricsRow[] {
    if (this.silent) return [];
    const reading = this.reader.read(this.line.subarray(0, this.lineBytes));
    this.lineBytes = 0;
    if (reading.kind === "invalid") this.silent = true;
    return reading.kind === "row" ? [reading.row] : [];
  }
}
