import { describe, expect, it } from "vitest";
import { followFile } from "../../../src/sandbox/container/follow.ts";

describe("followFile", () => {
  it("starts nothing in the container of a run that ends at once", async () => {
    let started = 0;
    const ended = new AbortController();
    const container = {
      exec: () => {
        started++;
        return Promise.reject(new Error("the container ended"));
      },
    };
    const following = followFile(container, "/workspace/metrics.csv", () => {}, ended.signal);
    ended.abort();
    await following;
    expect(started).toBe(0);
    await followFile(container, "/workspace/metrics.csv", () => {}, new AbortController().signal);
    expect(started).toBe(1);
  });
});
