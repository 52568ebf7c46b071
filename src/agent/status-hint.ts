const REDIRECTED = "the base URL must be where the API is, not what redirects there";
const HINTS: ReadonlyMap<number, string> = new Map([
  ...[301, 302, 303, 307, 308].map((status) => [status, REDIRECTED] as const),
  [401, "check the API key, and the base URL if one is set"],
  [402, "the account behind the API key has to pay first"],
  [403, "the API key may not use this model"],
  [404, "check agent.model, and the base URL if one is set"],
]);

/** What the user can do about an answer of a model's server; `null` where that is nothing. */
export function hintOfStatus(status: number | null): string | null {
  return status === null ? null : (HINTS.get(status) ?? null);
}
