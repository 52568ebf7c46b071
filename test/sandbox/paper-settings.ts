import Docker from "dockerode";
import type { DockerSettings } from "../../src/sandbox/docker-settings.ts";
import type { Engine } from "../../src/sandbox/engine/engine.ts";

const MIB = 1024 * 1024;

const engine: Engine = {
  docker: new Docker({ socketPath: "/nowhere" }),
  url: "unix:///nowhere",
  id: "none",
  kind: "docker",
  version: "20.10.24",
  apiVersion: "1.41",
  runcVersion: "1.1.5",
  platform: "",
  defaultRuntime: "runc",
  storageDriver: "overlay2",
  imageStore: "graphdriver",
  cgroupVersion: "1",
  cgroupDriver: "cgroupfs",
  rootless: false,
  enforces: { memory: true, pids: true, cpuset: true },
  warnings: [],
  kernel: "6.0",
  cpuCount: 2,
  cpuModel: "none",
  memoryBytes: 1024 * MIB,
  mountsSubpaths: false,
  proxies: {},
  cgroups: null,
};
/** A run on an engine that nobody connects to. */
export const settings: DockerSettings = {
  engine,
  projectId: "p",
  repository: "loopty/p",
  run: 3,
  owner: "42:boot:7",
  limits: {
    memoryBytes: 512 * MIB,
    pids: 99,
    diskBytes: 300 * MIB,
    shmBytes: 32 * MIB,
    tmpBytes: 256 * MIB,
    files: 1000,
    runtime: "runsc",
  },
  agentCpus: "0-2",
  network: "none",
  gpus: [],
  agentGpus: [],
};
