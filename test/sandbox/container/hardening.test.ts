import type { MountSettings } from "dockerode";
import { describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import type { EngineFiles } from "../../../src/sandbox/container/engine-files.ts";
import {
  boundedCommand,
  type ContainerSpec,
  containerOptions,
} from "../../../src/sandbox/container/hardening.ts";
import { MASKED_PATHS } from "../../../src/sandbox/container/masked-path.ts";
import { SECCOMP_PROFILE } from "../../../src/sandbox/container/seccomp.ts";
import { settings } from "../paper-settings.ts";

const MIB = 1024 * 1024;

const spec: ContainerSpec = {
  settings,
  phase: "build",
  node: parseId("3.1"),
  image: "sha256:abc",
  user: "measure",
  command: ["true"],
  cpus: "3",
};

const FILES: EngineFiles = { seccomp: SECCOMP_PROFILE, hosts: null };

describe("a container that may run agent code", () => {
  it("has no capability, no network, no swap, no mount, and a limit on everything else", () => {
    expect(containerOptions(spec, FILES).HostConfig).toEqual({
      NetworkMode: "none",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", `seccomp=${SECCOMP_PROFILE}`],
      MaskedPaths: MASKED_PATHS,
      Privileged: false,
      IpcMode: "private",
      Init: true,
      AutoRemove: false,
      CpusetCpus: "3",
      Memory: 512 * MIB,
      MemorySwap: 512 * MIB,
      PidsLimit: 99,
      ShmSize: 32 * MIB,
      Tmpfs: {
        "/tmp": `rw,exec,nosuid,nodev,mode=1777,size=${256 * MIB}`,
        "/var/tmp": `rw,exec,nosuid,nodev,mode=1777,size=${256 * MIB}`,
      },
      Ulimits: [
        { Name: "core", Soft: 0, Hard: 0 },
        { Name: "nofile", Soft: 1000, Hard: 1000 },
        { Name: "fsize", Soft: 300 * MIB, Hard: 300 * MIB },
      ],
      LogConfig: { Type: "none", Config: {} },
      Mounts: [],
      Runtime: "runsc",
    });
  });

  it("has the GPUs that it is given, and no other device", () => {
    const { HostConfig: host } = containerOptions({ ...spec, gpus: ["1"] }, FILES);
    expect(host?.DeviceRequests).toEqual([
      { Driver: "nvidia", DeviceIDs: ["1"], Capabilities: [["gpu", "compute", "utility"]] },
    ]);
  });

  it("takes user, folder, environment, entrypoint and health check from nobody else", () => {
    const { HostConfig: _host, Labels: labels, name, ...rest } = containerOptions(spec, FILES);
    expect(rest).toEqual({
      Image: "sha256:abc",
      Hostname: "loopty",
      User: "10002:10002",
      WorkingDir: "/workspace",
      Entrypoint: [],
      Cmd: ["true"],
      Env: ["HOME=/tmp", "LANG=C.UTF-8"],
      Healthcheck: { Test: ["NONE"] },
      AttachStdout: true,
      AttachStderr: true,
      StopTimeout: 1,
    });
    expect(name).toMatch(/^loopty-build-[0-9a-f]{16}$/);
    expect(labels).toEqual({
      "loopty.project": "p",
      "loopty.run": "3",
      "loopty.node": "3.1",
      "loopty.phase": "build",
      "loopty.owner": "42:boot:7",
      "loopty.container": name,
    });
  });

  it("begins with its command on Podman, which would run an image's entrypoint where none is named", () => {
    const engine = { ...spec.settings.engine, kind: "podman" as const };
    const settings = { ...spec.settings, engine };
    const command = ["timeout", "9", "make"];
    expect(containerOptions({ ...spec, settings, command }, FILES)).toMatchObject({
      Entrypoint: ["timeout"],
      Cmd: ["9", "make"],
    });
  });

  it("never shares a name with another, and names of a phase have one length", () => {
    const names = Array.from({ length: 50 }, () => containerOptions(spec, FILES).name ?? "");
    expect(new Set(names).size).toBe(50);
    expect(new Set(names.map((name) => name.length)).size).toBe(1);
  });

  it("has the engine's network only where it is open, and the engine's runtime where none is named", () => {
    const open = containerOptions({ ...spec, network: "open" }, FILES).HostConfig;
    expect(open?.NetworkMode).toBe("default");
    expect(open?.CapDrop).toEqual(["ALL"]);
    const limits = { ...settings.limits, runtime: null };
    const host = containerOptions({ ...spec, settings: { ...settings, limits } }, FILES).HostConfig;
    expect(host).not.toHaveProperty("Runtime");
  });

  it("has its network from the runtime, and the addresses of localhost, where the engine makes none", () => {
    const hosts: MountSettings = {
      ...{ Type: "bind", Source: "/volumes/x/_data/hosts" },
      ...{ Target: "/etc/hosts", ReadOnly: true },
    };
    const own: MountSettings = { Type: "bind", Source: "/a", Target: "/b" };
    const files: EngineFiles = { seccomp: SECCOMP_PROFILE, hosts };
    const offline = containerOptions({ ...spec, mounts: [own] }, files);
    expect(offline.NetworkDisabled).toBe(true);
    expect(offline.HostConfig).toMatchObject({ NetworkMode: "none", Mounts: [hosts, own] });
    const open = containerOptions({ ...spec, network: "open", mounts: [own] }, files);
    expect(open).not.toHaveProperty("NetworkDisabled");
    expect(open.HostConfig).toMatchObject({ NetworkMode: "default", Mounts: [own] });
  });

  it("is root's, with capabilities, the engine's system calls and a /tmp that stays, for setup alone", () => {
    const { User: user, HostConfig: host } = containerOptions(
      { ...spec, phase: "setup", user: "root" },
      FILES,
    );
    expect([user, host?.CapDrop, host?.Tmpfs]).toEqual(["0:0", [], {}]);
    expect(host?.SecurityOpt).toEqual(["no-new-privileges"]);
    expect(host).not.toHaveProperty("MaskedPaths");
  });
});

describe("a bounded command", () => {
  it("is killed after whole seconds, and keeps the command as one word", () => {
    expect(boundedCommand("a 'b'\nc", 1001)).toEqual([
      ...["timeout", "-s", "KILL", "2", "/bin/sh", "-c", "a 'b'\nc"],
    ]);
  });
});
