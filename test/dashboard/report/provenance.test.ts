import { describe, expect, it } from "vitest";
import { lastRun, requireProject } from "../../../src/cli/project/stored-project.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { provenanceOf } from "../../../src/dashboard/report/provenance.ts";
import type { RunFindings } from "../../../src/store/run-record.ts";
import { metricOf } from "../../agent/experiment-node.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { storeRun, TIME } from "../../cli/stored-run.ts";
import { baselineWith } from "../../store/baseline-fixture.ts";
import { scratchFolder } from "../../store/scratch.ts";

const artefact = { logGain: 0, p: 1 };

function calibrated(sigma: number) {
  const noise = { kind: "noisy" as const, name: "time_ms", sigma, large: null, equalShare: 0 };
  const metrics = [{ ...noise, position: artefact, self: artefact }];
  return { calibration: { pairs: 10, agreeingRuns: 0, metrics } };
}

function resultOf(gain: number): NonNullable<RunFindings["result"]> {
  const figures = { ...metricOf("time_ms", gain), gainLow: gain - 0.1, gainHigh: gain + 0.1 };
  const comparison = { against: parseId("1"), pairs: 20, metrics: [figures] };
  return { champion: parseId("1.1"), comparison };
}

const { rowRule, benchmarkMs, calibration } = baselineWith([TIME], calibrated(0.034));
const LOCAL = {
  ...{ environment: {}, cpuModel: "Xeon A", clockAheadMs: 0 },
  ...{ measured: null, result: resultOf(3.47) },
};
const BIG_BOX = {
  ...{ environment: {}, cpuModel: "EPYC\u001b B", clockAheadMs: 0, result: resultOf(2.9) },
  measured: { rowRule, benchmarkMs, calibration },
};

async function machineLines(machines: NonNullable<RunFindings["machines"]>) {
  const world = fakeWorld(scratchFolder());
  const baseline = baselineWith([TIME], calibrated(0.012));
  await storeRun(world, [{ id: "1" }], { baseline, machines, result: resultOf(3.47) });
  const project = await requireProject(world, {});
  const { record } = await project.openRun(await lastRun(project));
  return provenanceOf(record).machine.filter(([name]) => name.startsWith("machine"));
}

describe("provenanceOf", () => {
  it("has a line for each of several machines, with noise and the champion's gain", async () => {
    expect(await machineLines({ local: LOCAL, "big-box": BIG_BOX })).toEqual([
      [
        "machine local",
        "Xeon A, time_ms varies by 1.2 %, 1.1 time_ms 4.47x faster (interval 4.37x to 4.57x faster)",
      ],
      [
        "machine big-box",
        "EPYC\\x1b B, time_ms varies by 3.4 %, 1.1 time_ms 3.90x faster (interval 3.80x to 4.00x faster)",
      ],
    ]);
  });

  it("has none for a run with one machine", async () => {
    expect(await machineLines({})).toEqual([]);
  });
});
