import { describe, expect, it } from "vitest";
import { watchGrowth } from "../../../src/sandbox/container/disk-watch.ts";

/** Looks every millisecond at these sizes, is stopped after the last one, and gives what was found and the number of looks. */
async function watched(...sizes: readonly (number | null)[]): Promise<[string | null, number]> {
  const stop = new AbortController();
  let looks = 0;
  const size = async () => {
    const bytes = sizes[looks++] ?? null;
    if (looks === sizes.length) stop.abort();
    return bytes;
  };
  return [await watchGrowth(size, 100, stop.signal, 1), looks];
}

describe("watching a disk", () => {
  it("finds the look at which it outgrows the limit, the last one too", async () => {
    const reason = "wrote 101 bytes, more than sandbox.disk (100)";
    expect(await watched(0, 100, 101, 5, 5)).toEqual([reason, 3]);
    expect(await watched(0, 101)).toEqual([reason, 2]);
  });

  it("ends what cannot be measured twice in a row, and forgives it once", async () => {
    const reason = "made paths too long for its disk to be measured";
    expect(await watched(0, null, null, 0)).toEqual([reason, 3]);
    expect(await watched(null, 0, null, 0, null)).toEqual([null, 5]);
  });

  it("finds nothing once it is stopped", async () => {
    expect(await watched(100, 100)).toEqual([null, 2]);
    const stopped = AbortSignal.abort();
    expect(await watchGrowth(async () => 1000, 100, stopped, 1)).toBeNull();
  });
});
