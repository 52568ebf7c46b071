import Anthropic from "@anthropic-ai/sdk";

/** Where the model is, and how loopty identifies itself. */
export interface ApiAccess {
  readonly apiKey: string;
  /** The address without `/v1`, such as `https://api.anthropic.com`. */
  readonly baseUrl: string;
  /**
   * `bearer`: the SDK's header since 1.0. `x-api-key`: the older pair of headers, `x-api-key` and `anthropic-version:
   * 2023-06-01`. Many compatible servers know only these.
   */
  readonly headers: "bearer" | "x-api-key";
}

export const DEFAULT_BASE_URL = "https://api.anthropic.com";

/** The SDK does not read the environment or credential files by itself, and does not retry. */
export function createClient(access: ApiAccess, fetchImplementation?: typeof fetch): Anthropic {
  const { apiKey, baseUrl, headers } = access;
  return new Anthropic({
    apiKey,
    baseURL: baseUrl,
    // The SDK's retries honour a `retry-after` of hours, and reserve nothing from the budget.
    maxRetries: 0,
    logLevel: "off",
    openTelemetry: false,
    // `fetch` would take x-api-key along to another host. "error" would not do: with that, Node 20's fetch loses an
    // abort that comes after a garbage collection, and a stream without end is never left (seen with 20.20.2).
    fetchOptions: { redirect: "manual" },
    ...(fetchImplementation === undefined ? {} : { fetch: fetchImplementation }),
    ...(headers === "bearer"
      ? {}
      : {
          defaultHeaders: {
            "x-api-key": apiKey,
            authorization: null,
            "anthropic-version": "2023-06-01",
          },
        }),
  });
}
