import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { othersOn, readGpuReport } from "../../../src/sandbox/gpu/gpu-report.ts";

// Written by the formats of `nvidia-smi --help-query-gpu`; no GPU was at hand.
const PRINTED = `NVIDIA A100-SXM4-40GB, GPU-3a, 550.54.15, Enabled, 40960, 1410
--
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-3a)
  MIG 3g.20gb     Device  0: (UUID: MIG-7b)
--

--
3, 12
3, 0
3, [N/A]
`;

const look = (over = {}) => ({ memoryMib: 3, busyPercent: 0, processes: 0, ...over });

describe("what a driver tells of a GPU", () => {
  it("is its model, its driver, its clock, its MIG devices, and the least busy of the looks", () => {
    expect(readGpuReport("0", PRINTED)).toEqual({
      facts: {
        gpu: "0",
        model: "NVIDIA A100-SXM4-40GB",
        uuid: "GPU-3a",
        driver: "550.54.15",
        mig: "Enabled",
        memoryMib: 40960,
        maxClockMhz: 1410,
        listed: [
          "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-3a)",
          "MIG 3g.20gb     Device  0: (UUID: MIG-7b)",
        ],
      },
      look: { memoryMib: 3, busyPercent: 0, processes: 0 },
    });
  });

  it("is nothing where there is no such program", () => {
    const { facts, look: seen } = readGpuReport("x.org/g=0", "");
    expect([facts.model, facts.listed, seen.memoryMib, seen.busyPercent]).toEqual([
      null,
      [],
      null,
      null,
    ]);
    expect(othersOn("x.org/g=0", seen, seen)).toBeNull();
  });

  it("may be any text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("1", ",", " ", "\n", "-", "[", "x") }),
        (text) => {
          const { look: seen } = readGpuReport("0", text);
          expect(seen.processes).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe("somebody else on a GPU", () => {
  it.each([
    ["2 other processes compute on GPU 0", look({ processes: 2 })],
    ["GPU 0 is 5 % busy with somebody else's work", look({ busyPercent: 5 })],
    ["somebody else took 65 MiB of GPU 0", look({ memoryMib: 68 })],
    [null, look({ memoryMib: 67, busyPercent: 4 })],
  ])("is told as %s", (told, seen) => {
    expect(othersOn("0", seen, look())).toBe(told);
  });
});
