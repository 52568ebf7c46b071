/** `about 12 min`: an estimate has no seconds. */
export function leftText(leftMs: number): string {
  const minutes = Math.round(leftMs / 60_000);
  if (minutes <= 1) return "a minute or less";
  if (minutes < 60) return `about ${minutes} min`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
