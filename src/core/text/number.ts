// Numbers for people are written the same everywhere: the point is the decimal mark, whatever the locale.

const SIGNIFICANT_DIGITS = 4;
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A share such as 0.182 as `18.2 %`, always with one decimal. */
export function formatPercent(share: number): string {
  const text = (100 * share).toFixed(1);
  return `${text === "-0.0" ? "0.0" : text} %`;
}

/** A factor of three significant digits with their zeros: `2.00x`, `23.1x`, `231x`; a power of ten from a million on. */
export function formatFactor(factor: number): string {
  if (factor >= 999_999.5) return `${factor.toExponential(2).replace("e+", "e")}x`;
  return `${factor < 999.5 ? factor.toPrecision(3) : factor.toFixed(0)}x`;
}

/** A measured value with 4 significant digits, but never less than the whole number: `87.57`, `0.0125`, `1234567`. */
export function formatValue(value: number): string {
  const rounded = Number(value.toPrecision(SIGNIFICANT_DIGITS));
  // A metric that counts (bytes, instructions) may be won by 1 in a million. Cut short, both sides would read the same.
  const isWhole = Math.abs(rounded) >= 10 ** (SIGNIFICANT_DIGITS - 1);
  // Beyond what counts one by one, further digits mean nothing.
  const counts = Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return String(isWhole && counts ? Math.round(value) : rounded);
}

/** A whole number with its thousands apart: `2,000,000`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 file`, `12 files`: the words of a count, with a plural in s. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `$4.20`. Below a dollar it has two significant digits, as a node may cost a part of a cent: `$0.0031`. */
export function formatCost(costUsd: number): string {
  const decimals = costUsd > 0 && costUsd < 1 ? 1 - Math.floor(Math.log10(costUsd)) : 2;
  return `$${costUsd.toFixed(Math.min(Math.max(decimals, 2), 8))}`;
}

/** `250 ms`, `12.3 s`, `2m 05s`, `1h 30m`, `2d 03h`: the two largest units, rounded to the smaller. */
export function formatDuration(durationMs: number): string {
  if (Math.round(durationMs) < 1000) return `${Math.round(durationMs)} ms`;
  if (Math.round(durationMs / 100) < 600) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return twoUnits(seconds, 60, "m", "s");
  const minutes = Math.round(durationMs / 60_000);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, "h", "m");
  return twoUnits(Math.round(durationMs / 3_600_000), 24, "d", "h");
}

/** `512 B`, `1.5 KiB`, `2.0 GiB`: units of 1024, as docker counts. */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  // 1023.95 and more would be written as 1024.0 of the smaller unit.
  while (size >= (unit === 0 ? 1024 : 1023.95) && unit < BYTE_UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

function twoUnits(count: number, perLarge: number, large: string, small: string): string {
  const rest = String(count % perLarge).padStart(2, "0");
  return `${Math.floor(count / perLarge)}${large} ${rest}${small}`;
}
