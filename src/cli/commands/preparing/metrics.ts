import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CONFIG_FILE, loadConfig } from "../../../config/load.ts";
import { readPlainFile } from "../../../config/workspace/plain-file.ts";
import { messageOf, UserError } from "../../../core/error.ts";
import { aggregateColumn, columnOf } from "../../../core/metrics/aggregate.ts";
import { EVERYTHING, type MetricsSource } from "../../../core/metrics/choice.ts";
import { METRICS_FORMATS, type MetricsFormat } from "../../../core/metrics/formats/names.ts";
import { NOT_COUNTED_YET } from "../../../core/metrics/outside.ts";
import { offeredBy, readMetrics } from "../../../core/metrics/report.ts";
import { tableLines } from "../../../core/text/columns.ts";
import { formatCounted, formatValue } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface MetricsOptions {
  readonly file: string;
  readonly format?: MetricsFormat;
  /** A file other than loopty.yaml. */
  readonly config?: string;
  readonly json?: boolean;
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Shows what loopty reads from a benchmark's output, by the loopty.yaml here or by the options. No container is started. */
export async function metrics(world: World, options: MetricsOptions): Promise<ExitCode> {
  const content = await readOutput(resolve(world.cwd, options.file));
  const source = await sourceOf(world, options, content);
  const offered = offeredBy(content, source.format);
  const reading = readMetrics(content, source, NOT_COUNTED_YET);
  if (reading.kind === "invalid") throw new UserError(`${options.file}: ${reading.reason}`);
  const { table } = reading;
  const counting = table.metrics.map((metric, index) => {
    const { name, direction } = metric;
    const value = aggregateColumn(columnOf(table, index), metric, "median");
    return { name, direction, median: Number.isNaN(value) ? null : value };
  });
  const offers = offered.map(({ metric, samples }) => ({
    name: metric.name,
    direction: metric.direction,
    samples: samples.length,
    median: aggregateColumn(samples, metric, "median"),
  }));
  if (options.json) {
    const { format } = source;
    printJson(world.stdout, { format, offers, counting, rows: table.rows.length });
    return EXIT.done;
  }
  const rows = formatCounted(table.rows.length, "row");
  printLines(world.stdout, [
    `read as ${source.format}: ${formatCounted(offers.length, "metric")}`,
    ...tableLines([
      ["  metric", "better", "samples", "median"],
      ...offers.map(({ name, direction, samples, median }) => [
        `  ${printable(name)}`,
        direction,
        String(samples),
        formatValue(median),
      ]),
    ]),
    `what counts, in order of priority, in ${rows}:`,
    ...tableLines(
      counting.map(({ name, direction, median }, index) => [
        `  ${index + 1}. ${printable(name)}`,
        `${direction} is better`,
        median === null ? "counted by loopty of each run" : formatValue(median),
      ]),
    ),
    "metrics.select names others, metrics.combine makes one of them, metrics.guards holds some back",
  ]);
  return EXIT.done;
}

async function sourceOf(
  { cwd }: World,
  { config: file = CONFIG_FILE, format, config }: MetricsOptions,
  content: Buffer,
): Promise<MetricsSource> {
  const isThere = await stat(resolve(cwd, file)).then(
    () => true,
    () => false,
  );
  const known =
    isThere || config !== undefined
      ? (await loadConfig({ directory: cwd, file })).config.metrics.source
      : null;
  const { choice } = known ?? { choice: EVERYTHING };
  if (format !== undefined) return { format, choice };
  return known ?? { format: guessFormat(content), choice };
}

/** The format whose reader accepts it. Throws `UserError` where none does. */
function guessFormat(content: Buffer): MetricsFormat {
  const found = METRICS_FORMATS.find(
    (format) =>
      readMetrics(content, { format, choice: EVERYTHING }, NOT_COUNTED_YET).kind === "table",
  );
  if (found !== undefined) return found;
  throw new UserError("no known format reads this file", {
    hint: `--format says how to read it, and then why that fails: ${METRICS_FORMATS.join(", ")}`,
  });
}

async function readOutput(path: string): Promise<Buffer> {
  try {
    return await readPlainFile(path, MOST_BYTES);
  } catch (cause) {
    throw new UserError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}
