import Anthropic from "@anthropic-ai/sdk";

/** Where the model is and how loopty says who it is. */
export interface ApiAccess {
  readonly apiKey: string;
  /** Without `/v1`, such as `https://api.anthropic.com`. */
  readonly baseUrl: string;
  /**
   * `bearer`: what the SDK sends since 1.0. `x-api-key`: the older pair of headers, `x-api-key` and
   * `anthropic-version: 2023-06-01`, which is all that many compatible servers know.
   */
  readonly headers: "bearer" | "x-api-key";
}

export const DEFAULT_BASE_URL = "https://api.anthropic.com";

/** Nothing is left to the SDK's own reading of the environment and of credential files, nor to its retries. */
export function createClient(access: ApiAccess, fetchImplementation?: typeof fetch): Anthropic {
  const { apiKey, baseUrl, headers } = access;
  return new Anthropic({
    apiKey,
    baseURL: baseUrl,
    // Its retries honour a `retry-after` of hours, and reserve nothing from the budget.
    maxRetries: 0,
    logLevel: "off",
    openTelemetry: false,
    // `fetch` would take x-api-key along to another host. Not "error": with that, Node 20's fetch loses an abort that comes
    // after a garbage collection, and a stream without end is never left (seen with 20.20.2).
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
