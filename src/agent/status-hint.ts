/** What the user set, by its name. */
interface Settings {
  readonly key: string;
  readonly baseUrl: string;
}

const ANY_SERVER: Settings = { key: "the API key", baseUrl: "the base URL" };

/** What the user can do about an answer of a model's server; `null` where that is nothing. */
export function hintOfStatus(
  status: number | null,
  { key, baseUrl }: Settings = ANY_SERVER,
): string | null {
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return `${baseUrl} must be where the API is, not what redirects there`;
    case 401:
      return `check ${key}, and ${baseUrl} if it is set`;
    case 402:
      return `the account behind ${key} has to pay first`;
    case 403:
      return `${key} may not use this model`;
    case 404:
      return `check agent.model, and ${baseUrl} if it is set`;
    default:
      return null;
  }
}
