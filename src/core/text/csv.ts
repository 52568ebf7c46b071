import { printable } from "./printable.ts";

/** What a cell may hold; `null` is an empty cell. */
export type CsvCell = string | number | null;

const MOST_CHARACTERS = 4000;

/** One row of CSV (RFC 4180, with a newline), for spreadsheets and plots: text on one line, and never a formula. */
export function csvRow(cells: readonly CsvCell[]): string {
  const texts = cells.map((cell) => (typeof cell === "string" ? textCell(cell) : numberCell(cell)));
  return `${texts.join(",")}\n`;
}

function numberCell(value: number | null): string {
  return value === null ? "" : String(value);
}

function textCell(text: string): string {
  return quoted(asText(printable(text, MOST_CHARACTERS)));
}

/**
 * A spreadsheet runs a cell that begins like a formula, also in wide characters (OWASP, CSV injection). Numbers keep
 * their sign.
 */
export function asText(cell: string): string {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(cell) ? `'${cell}` : cell;
}

export function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
