import { describe, expect, it } from "vitest";
import { ResourceWatch, stealMs } from "../../../src/sandbox/cgroup/resource-watch.ts";

const STAT = `cpu  1003481 0 369104 944664 11111 0 6901 776 0 0
cpu0 436065 0 187510 536842 4722 0 607 397 0 0
cpu1 567415 0 181594 407821 6388 0 6294 378 0 0
cpu10 1 2 3 4 5 6 7 8 0 0
intr 33 0 0
`;

describe("stealMs", () => {
  it("adds up the ticks of these CPUs alone", () => {
    expect(stealMs(STAT, "1")).toBe(3780);
    expect(stealMs(STAT, "0-1")).toBe(7750);
    expect(stealMs(STAT, "0-1,10")).toBe(7830);
  });

  it("is null where a CPU is not known", () => {
    expect(stealMs(STAT, "1-2")).toBeNull();
    expect(stealMs(STAT.replace(/^cpu1 .*$/m, ""), "1")).toBeNull();
    expect(stealMs("", "0")).toBeNull();
    expect(stealMs("cpu0 1 2 3 4\n", "0")).toBeNull();
  });
});

describe("the resources of a run", () => {
  it("are those at its end, whatever others use before anybody asks", () => {
    let cpuMs = 100;
    const counted = { throttledMs: 0, throttledPeriods: 0, pressureMs: 0, memoryKills: 0 };
    const cgroup = { used: () => ({ ...counted, cpuMs, peakMemoryBytes: null }) };
    const watch = new ResourceWatch(cgroup, "0");
    const ended = new AbortController();
    watch.begin(ended.signal);
    cpuMs = 300;
    ended.abort();
    cpuMs = 900;
    expect(watch.resources().cpuMs).toBe(300);
  });
});
