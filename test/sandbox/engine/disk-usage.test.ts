import { describe, expect, it } from "vitest";
import { layerSize, volumeSize } from "../../../src/sandbox/engine/disk-usage.ts";
import { type Answer, engineThatAnswers } from "../answering-engine.ts";

const TOO_LONG: Answer = [500, { message: "snapshotter.Usage failed: lstat: file name too long" }];
const BUSY: Answer = [500, { message: "a disk usage operation is already running" }];

describe("the size of a container's layer", () => {
  it.each<[string, Answer, number | null]>([
    ["as the engine says", [200, [{ SizeRw: 4096 }]], 4096],
    ["nothing where the engine names no size", [200, [{ Id: "c" }]], 0],
    ["nothing of a container that is gone", [200, []], 0],
    ["unknown where the engine fails", TOO_LONG, null],
    ["unknown where the engine says -1", [200, [{ SizeRw: -1 }]], null],
    ["unknown where the engine says no number", [200, [{ SizeRw: "large" }]], null],
  ])("is %s", async (_, answer, bytes) => {
    const { docker } = await engineThatAnswers(answer);
    expect(await layerSize(docker, "c")).toBe(bytes);
  });
});

describe("the size of a volume", () => {
  const volume = { Name: "v", UsageData: { Size: 7, RefCount: 1 } };

  it.each<[string, Answer, number | null]>([
    ["in an answer before API 1.52", [200, { Images: null, Volumes: [volume] }], 7],
    ["in an answer from API 1.52 on", [200, { VolumeUsage: { Items: [volume] } }], 7],
    ["unknown where the engine does not know the volume", [200, { Volumes: null }], null],
    ["unknown where the engine lists no volumes", [200, { VolumeUsage: {} }], null],
    ["unknown where the engine fails", TOO_LONG, null],
    [
      "unknown where the engine says -1",
      [200, { Volumes: [{ ...volume, UsageData: { Size: -1 } }] }],
      null,
    ],
    ["unknown where the answer is something else", [200, { Volumes: 3 }], null],
  ])("is read %s", async (_, answer, bytes) => {
    const { docker, asked } = await engineThatAnswers(answer);
    expect(await volumeSize(docker, "v")).toBe(bytes);
    expect(asked).toEqual(["/system/df?type=volume&verbose=true"]);
  });

  it("is asked for again while the engine adds up for another", async () => {
    const { docker, asked } = await engineThatAnswers(BUSY, BUSY, [200, { Volumes: [volume] }]);
    expect(await volumeSize(docker, "v")).toBe(7);
    expect(asked).toHaveLength(3);
  });
});
