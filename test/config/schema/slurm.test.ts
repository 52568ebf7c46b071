import { describe, expect, it } from "vitest";
import { slurmSchema } from "../../../src/config/schema/slurm.ts";

describe("machines from Slurm", () => {
  it("are one small node for an hour where nothing more is said", () => {
    expect(slurmSchema.parse({ slurm: {} })).toEqual({
      kind: "slurm",
      name: "slurm",
      partition: null,
      constraint: null,
      cpus: 2,
      memoryBytes: 4 * 1024 ** 3,
      timeMs: 3_600_000,
      gpus: 0,
      maxNodes: 1,
      idleMs: 600_000,
      engine: "podman",
    });
  });

  it("are asked for as the cluster is", () => {
    const slurm = {
      partition: "compute",
      constraint: "zen4",
      cpus: 8,
      memory: "16g",
      time: "4h",
      gpus: 1,
      max_nodes: 4,
      idle: "1m",
      engine: "docker",
    };
    expect(slurmSchema.parse({ name: "cluster", slurm })).toEqual({
      kind: "slurm",
      name: "cluster",
      partition: "compute",
      constraint: "zen4",
      cpus: 8,
      memoryBytes: 16 * 1024 ** 3,
      timeMs: 14_400_000,
      gpus: 1,
      maxNodes: 4,
      idleMs: 60_000,
      engine: "docker",
    });
  });

  it.each([
    [{ slurm: { nodes: 2 } }, ["slurm"]],
    [{ slurm: { partition: " " } }, ["slurm", "partition"]],
    [{ slurm: { time: "none" } }, ["slurm", "time"]],
    [{ slurm: { time: "4m" } }, ["slurm", "time"]],
    [{ slurm: { cpus: 0 } }, ["slurm", "cpus"]],
    [{ slurm: { engine: "apptainer" } }, ["slurm", "engine"]],
    [{ slurm: {}, name: "-x" }, ["name"]],
  ])("that %j asks for are refused where it stands", (written, path) => {
    expect(slurmSchema.safeParse(written).error?.issues[0]?.path).toEqual(path);
  });
});
