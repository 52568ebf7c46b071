import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFacts } from "../../../src/sandbox/engine/facts.ts";

// Answers of engines that were tried, without what nobody reads.
const DOCKER = {
  version: {
    Platform: { Name: "" },
    Components: [
      { Name: "Engine", Version: "26.1.5+dfsg1" },
      { Name: "runc", Version: "1.1.15+ds1" },
    ],
    Version: "26.1.5+dfsg1",
    ApiVersion: "1.45",
  },
  info: {
    ID: "ba36a261",
    Driver: "overlay2",
    DriverStatus: [["Backing Filesystem", "extfs"]],
    DefaultRuntime: "runc",
    MemoryLimit: true,
    PidsLimit: true,
    CPUSet: true,
    CgroupVersion: "1",
    CgroupDriver: "cgroupfs",
    SecurityOptions: ["name=seccomp,profile=builtin"],
    KernelVersion: "6.18.44",
    NCPU: 2,
    MemTotal: 25276510208,
    Warnings: null,
  },
};
const PODMAN = {
  version: {
    Platform: { Name: "linux/amd64/debian-13" },
    Components: [
      { Name: "Podman Engine", Version: "5.4.2" },
      { Name: "OCI Runtime (crun)", Version: "crun version 1.21\ncommit: 10269840" },
    ],
    Version: "5.4.2",
    ApiVersion: "1.41",
  },
  info: {
    ...DOCKER.info,
    Driver: "overlay",
    DriverStatus: [["Native Overlay Diff", "true"]],
    DefaultRuntime: "crun",
    SecurityOptions: ["name=seccomp,profile=default"],
    Rootless: false,
  },
};

describe("what an engine answers about itself", () => {
  it("is Docker with images of its own drivers", () => {
    expect(readFacts(DOCKER.version, DOCKER.info)).toEqual({
      id: "ba36a261",
      kind: "docker",
      version: "26.1.5+dfsg1",
      apiVersion: "1.45",
      runcVersion: "1.1.15+ds1",
      platform: "",
      defaultRuntime: "runc",
      storageDriver: "overlay2",
      imageStore: "graphdriver",
      cgroupVersion: "1",
      cgroupDriver: "cgroupfs",
      rootless: false,
      enforces: { memory: true, pids: true, cpuset: true },
      warnings: [],
      kernel: "6.18.44",
      cpuCount: 2,
      memoryBytes: 25276510208,
      mountsSubpaths: true,
    });
  });

  it("is Docker with images in containerd's store", () => {
    const DriverStatus = [["driver-type", "io.containerd.snapshotter.v1"]];
    const info = { ...DOCKER.info, Driver: "overlayfs", DriverStatus };
    expect(readFacts(DOCKER.version, info)).toMatchObject({
      storageDriver: "overlayfs",
      imageStore: "containerd",
    });
  });

  it("is Podman with its own version, whatever it says of Docker's", () => {
    expect(readFacts(PODMAN.version, PODMAN.info)).toMatchObject({
      kind: "podman",
      version: "5.4.2",
      platform: "",
      runcVersion: "unknown",
      defaultRuntime: "crun",
      imageStore: "podman",
      mountsSubpaths: false,
    });
    const Components = [
      { Name: "Podman Engine", Version: "5.4.2" },
      { Name: "OCI Runtime (runc)", Version: "runc version 1.1.15+ds1\ncommit: 1.1.15" },
    ];
    expect(readFacts({ ...PODMAN.version, Components }, PODMAN.info)?.runcVersion).toBe(
      "1.1.15+ds1",
    );
  });

  it("is an engine without root, by the word of either", () => {
    const SecurityOptions = ["name=seccomp,profile=builtin", "name=rootless"];
    expect(readFacts(DOCKER.version, { ...DOCKER.info, SecurityOptions })?.rootless).toBe(true);
    expect(readFacts(PODMAN.version, { ...PODMAN.info, Rootless: true })?.rootless).toBe(true);
  });

  it("enforces no limit without root on cgroups of version 1, whatever it says", () => {
    const none = { memory: false, pids: false, cpuset: false };
    const info = { ...PODMAN.info, Rootless: true };
    expect(readFacts(PODMAN.version, info)?.enforces).toEqual(none);
    const newer = { ...info, CgroupVersion: "2", CPUSet: false };
    expect(readFacts(PODMAN.version, newer)?.enforces).toEqual({
      memory: true,
      pids: true,
      cpuset: false,
    });
  });

  it("names limits that it does not enforce, and warns by itself", () => {
    const off = { MemoryLimit: false, PidsLimit: false, CPUSet: false, Warnings: ["no memory"] };
    expect(readFacts(DOCKER.version, { ...DOCKER.info, ...off })).toMatchObject({
      enforces: { memory: false, pids: false, cpuset: false },
      warnings: ["no memory"],
    });
  });

  it("is none of an engine where anything else answers", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (version, info) => {
        expect(readFacts(version, DOCKER.info)).toBeNull();
        expect(readFacts(DOCKER.version, info)).toBeNull();
      }),
    );
    expect(readFacts({ ...DOCKER.version, ApiVersion: "new" }, DOCKER.info)).toBeNull();
  });
});
