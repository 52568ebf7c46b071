/** How long it is until an instant, as `about 12 min`: an estimate has no seconds. `null` once it is past, and without one. */
export function timeLeft(end: string | null | undefined, nowMs: number): string | null {
  const leftMs = end ? Date.parse(end) - nowMs : 0;
  if (leftMs <= 0) return null;
  const minutes = Math.round(leftMs / 60_000);
  if (minutes <= 1) return "a minute or less";
  if (minutes < 60) return `about ${minutes} min`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
