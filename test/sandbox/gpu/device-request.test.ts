import { describe, expect, it } from "vitest";
import { deviceRequests } from "../../../src/sandbox/gpu/device-request.ts";

describe("a request for GPUs", () => {
  it("names numbers, UUIDs and MIG devices as docker run --gpus does, and names of CDI as --device does", () => {
    expect(deviceRequests(["0", "nvidia.com/gpu=1", "MIG-5", "GPU-a"])).toEqual([
      { Driver: "cdi", DeviceIDs: ["nvidia.com/gpu=1"] },
      {
        Driver: "nvidia",
        DeviceIDs: ["0", "MIG-5", "GPU-a"],
        Capabilities: [["gpu", "compute", "utility"]],
      },
    ]);
  });

  it("asks for nothing where there are none", () => {
    expect(deviceRequests([])).toEqual([]);
  });
});
