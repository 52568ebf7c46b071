/** How often something may happen: at most `count` times in any `perMs` milliseconds. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

const NUMBER = String.raw`(\d+(?:\.\d+)?)`;
const DURATION = new RegExp(
  `^(?:${NUMBER}d)?(?:${NUMBER}h)?(?:${NUMBER}m)?(?:${NUMBER}s)?(?:${NUMBER}ms)?$`,
);
const DURATION_UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000, 1];
const SIZE = new RegExp(`^${NUMBER}([bkmgt])$`, "i");
const SIZE_UNITS = "bkmgt";
const PERCENT = new RegExp(`^${NUMBER}%$`);
const FACTOR = new RegExp(`^${NUMBER}x$`);
const RATE = /^(\d+)\/([smhd])$/;
const RATE_UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const COUNT = /^\d+(?:_\d+)*$/;
const AMOUNT = new RegExp(`^${NUMBER}$`);

/** `20m`, `300ms`, `1h30m`, `2d` in whole milliseconds, above 0, with units from large to small. `null` for anything else. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  const ms = DURATION_UNITS_MS.reduce(
    (sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs,
    0,
  );
  return wholeAboveZero(ms);
}

/** `2g`, `512m`, `64k`, `100b` in whole bytes, above 0. A kilobyte is 1024 bytes, as docker counts. */
export function parseBytes(text: string): number | null {
  const match = SIZE.exec(text);
  if (match === null) return null;
  const power = SIZE_UNITS.indexOf((match[2] ?? "").toLowerCase());
  return wholeAboveZero(Number(match[1]) * 1024 ** power);
}

/** `0.5%` as the ratio 0.005. */
export function parsePercent(text: string): number | null {
  const match = PERCENT.exec(text);
  return match === null ? null : finite(Number(match[1]) / 100);
}

/** `3x` as 3. */
export function parseFactor(text: string): number | null {
  const match = FACTOR.exec(text);
  return match === null ? null : finite(Number(match[1]));
}

/** `30/h`, `50/m`, `2/s`, `100/d`. */
export function parseRate(text: string): Rate | null {
  const match = RATE.exec(text);
  if (match === null) return null;
  const count = wholeAboveZero(Number(match[1]));
  const perMs = RATE_UNITS_MS[match[2] ?? ""];
  return count === null || perMs === undefined ? null : { count, perMs };
}

/** `50`, `2_000_000`: a whole number of at least 0. YAML 1.2 reads digits with underscores as text. */
export function parseCount(text: string): number | null {
  if (!COUNT.test(text)) return null;
  const count = Number(text.replaceAll("_", ""));
  return Number.isSafeInteger(count) ? count : null;
}

/** `12`, `0.25`: an amount of money above 0. */
export function parseAmount(text: string): number | null {
  const match = AMOUNT.exec(text);
  const amount = match === null ? null : finite(Number(match[1]));
  return amount === 0 ? null : amount;
}

function wholeAboveZero(value: number): number | null {
  const whole = Math.round(value);
  return whole > 0 && Number.isSafeInteger(whole) ? whole : null;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
