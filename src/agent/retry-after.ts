/** The pause that a server asks for: `retry-after-ms`, else `retry-after` in seconds or as a date; `null` where it asks for none. */
export function retryAfterMs(headers: Headers | undefined, now: Date): number | null {
  const milliseconds = Number.parseFloat(headers?.get("retry-after-ms") ?? "");
  if (milliseconds >= 0) return milliseconds;
  const text = headers?.get("retry-after") ?? "";
  const waitMs = /^[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return waitMs >= 0 ? waitMs : null;
}
