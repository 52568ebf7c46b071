import { describe, expect, it } from "vitest";
import { type Fault, faultOf } from "../../../../src/agent/conversation/request/fault.ts";
import { nextTry } from "../../../../src/agent/conversation/request/retry.ts";

const OPTIONS = { max: 5, firstDelayMs: 100, longestDelayMs: 500, longestWaitMs: 60_000 };
const NOW = new Date("2026-11-22T10:00:00Z");
const SETTINGS = { key: "THE_KEY", baseUrl: "the_url" };

function fault(change: Partial<Fault> = {}): Fault {
  return {
    reason: "it broke",
    retry: "alone",
    retryAfterMs: null,
    tokens: "unknown",
    hint: null,
    ...change,
  };
}

function told(headers: Record<string, string>): number | null {
  const error = Object.assign(new Error("429"), { status: 429, headers: new Headers(headers) });
  return faultOf(error, NOW, SETTINGS, (text) => text).retryAfterMs;
}

describe("nextTry", () => {
  it("doubles the delay up to the longest", () => {
    const delays = [1, 2, 3, 4, 5].map((tries) => nextTry(fault(), tries, OPTIONS));
    expect(delays).toEqual(
      [100, 200, 400, 500, 500].map((delayMs) => ({ kind: "retry", delayMs })),
    );
  });

  it("waits as long as the server asks, shorter or longer", () => {
    expect(nextTry(fault({ retryAfterMs: 7 }), 4, OPTIONS)).toEqual({ kind: "retry", delayMs: 7 });
    expect(nextTry(fault({ retryAfterMs: 60_000 }), 1, OPTIONS)).toMatchObject({ delayMs: 60_000 });
  });

  it("gives up on what never passes, after the last try, and before a long wait of its own", () => {
    expect(nextTry(fault({ retry: "never" }), 1, OPTIONS)).toEqual({
      kind: "give_up",
      reason: "it broke",
    });
    expect(nextTry(fault(), 6, OPTIONS)).toEqual({
      kind: "give_up",
      reason: "it broke; sent 6 times",
    });
    expect(nextTry(fault({ retryAfterMs: 7_200_000 }), 1, OPTIONS)).toEqual({
      kind: "give_up",
      reason: "the API wants no request for 2h 00m (it broke)",
    });
  });

  it("leaves a long wait that all share to the pace", () => {
    const shared = fault({ retry: "shared", retryAfterMs: 7_200_000 });
    expect(nextTry(shared, 1, OPTIONS)).toEqual({ kind: "retry", delayMs: 7_200_000 });
  });
});

describe("faultOf", () => {
  it("reads milliseconds, seconds and dates, and none of what is no time", () => {
    expect(told({ "retry-after-ms": "1500", "retry-after": "9" })).toBe(1500);
    expect(told({ "retry-after": "2.5" })).toBe(2500);
    expect(told({ "retry-after": "Sun, 22 Nov 2026 10:00:30 GMT" })).toBe(30_000);
    expect(told({ "retry-after": "Sun, 22 Nov 2026 09:00:00 GMT" })).toBeNull();
    expect(told({ "retry-after": "soon" })).toBeNull();
    expect(told({ "retry-after-ms": "-5" })).toBeNull();
    expect(told({})).toBeNull();
  });
});
