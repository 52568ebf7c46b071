import { describe, expect, it } from "vitest";
import { failureCheck, ok } from "../../../src/cli/doctor/check.ts";
import { checkEngine } from "../../../src/cli/doctor/engine-check.ts";
import { checkDisk, checkGit, checkNode, gitCheck } from "../../../src/cli/doctor/machine-check.ts";
import { checkAgent, checkCpus, checkSideChannel } from "../../../src/cli/doctor/project-check.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { EngineError, UserError } from "../../../src/core/error.ts";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { addFiles } from "../../config/folder-tree.ts";
import { MINIMAL } from "../../config/minimal.ts";
import { settings as paper } from "../../sandbox/paper-settings.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { FakeEngine } from "../fake-engine.ts";
import { fakeWorld } from "../fake-world.ts";

const GIB = 1024 ** 3;

async function engineOf(version: string) {
  const fake = await FakeEngine.start();
  fake.version = version;
  return connectEngine({ DOCKER_HOST: fake.url }, "/nonexistent");
}

async function configOf(yaml: string) {
  const directory = scratchFolder();
  await addFiles(directory, { "loopty.yaml": `${MINIMAL}${yaml}` });
  return (await loadConfig({ directory })).config;
}

describe("the machine", () => {
  it.each([
    ["v20.18.3", "fail"],
    ["v20.19.0", "ok"],
    ["v24.1.0", "ok"],
    ["v9.0.0", "fail"],
  ])("has Node %s: %s", (version, state) => {
    expect(checkNode(version).state).toBe(state);
  });

  it.each([
    ["29.5.1", "ok", ""],
    ["30.0.0-rc.1", "ok", ""],
    ["25.0.0", "ok", ""],
    ["24.0.9", "warn", "no longer maintained"],
    ["20.10.24+dfsg1", "warn", "no longer maintained"],
    ["master-3a2b", "warn", "unknown kind of version"],
  ])("has an engine %s: %s %s", async (version, state, text) => {
    const [check] = checkEngine(await engineOf(version));
    expect(check).toMatchObject({ name: "engine", state });
    expect(check?.text).toContain(`${version}, API 1.50, runc unknown, at unix://`);
    expect(check?.text).toContain(text);
  });

  it("has no published hole in a new engine, and each of an old one by name, with what mends it", async () => {
    expect(checkEngine(await engineOf("29.5.1"))).toHaveLength(1);
    const [, ...holes] = checkEngine(await engineOf("29.5.0"));
    expect(holes.map(({ text }) => text.split(" ")[0])).toEqual([
      "CVE-2026-41567",
      "CVE-2026-41568",
      "CVE-2026-42306",
    ]);
    expect(holes[0]).toEqual({
      name: "engine",
      state: "warn",
      text: "CVE-2026-41567 in engine 29.5.0: a compressed archive put into a container runs a program of its image as the host's root; loopty's archives never look compressed",
      hint: "update engine to 29.5.1 or later",
    });
  });

  it("has Podman, with Podman's version and none of Docker's holes", () => {
    const engine = {
      ...paper.engine,
      kind: "podman",
      version: "5.4.2",
      defaultRuntime: "crun",
      runcVersion: "unknown",
    } as const;
    expect(checkEngine(engine)).toEqual([
      ok("engine", "5.4.2, Podman, API 1.41, crun, at unix:///nowhere"),
    ]);
    expect(checkEngine({ ...engine, version: "4.3.1" })).toMatchObject([
      { state: "warn", hint: "update Podman to 5.4.2 or later" },
    ]);
  });

  it("has an engine that does not enforce limits, and is told which and what helps", () => {
    const engine = {
      ...paper.engine,
      ...{ version: "29.5.1", runcVersion: "1.4.0", rootless: true },
      enforces: { memory: false, pids: true, cpuset: false },
    };
    expect(checkEngine(engine)).toMatchObject([
      { name: "engine", state: "ok" },
      {
        name: "limits",
        state: "warn",
        text: "the engine, without root, on cgroup v1, does not enforce sandbox.memory, cpusets: an experiment can take what it wants of the machine",
        hint: expect.stringMatching(
          /^use an engine that runs as root, or .* delegates cpuset, memory and pids/,
        ),
      },
    ]);
  });

  it("may have what a distribution mended under an old number", async () => {
    const [, first] = checkEngine(await engineOf("20.10.24+dfsg1"));
    expect(first?.text).toMatch(/; this build \(\+dfsg1\) may have its maker's fix$/);
  });

  it.each([
    [100 * GIB, "ok"],
    [4 * GIB, "warn"],
    [GIB / 4, "fail"],
  ])("has %d bytes of disk free: %s", (bytes, state) => {
    expect(checkDisk({ bavail: bytes / 4096, bsize: 4096 }).state).toBe(state);
  });

  it("has git, or is told so", async () => {
    expect(await checkGit(process.env.PATH ?? "")).toMatchObject({ name: "git", state: "ok" });
    await expect(checkGit("/nonexistent")).rejects.toThrow("git was not found");
  });

  it.each([
    ["2.27.1", "fail"],
    ["2.28.0", "warn"],
    ["2.37.7", "warn"],
    ["2.38.0", "ok"],
    ["2.50.1 (Apple Git-155)", "ok"],
    ["3.0.0.windows.1", "ok"],
  ])("has git %s: %s", (version, state) => {
    expect(gitCheck(version)).toMatchObject({ name: "git", state });
  });
});

describe("the project", () => {
  it("has cpus that are there, apart for agents and measuring", async () => {
    const config = await configOf("");
    expect(checkCpus(config, { cpuCount: 4 })).toEqual({
      name: "cpus",
      state: "ok",
      text: "agents on 0-2, measuring on 3 of 4 cpus",
      hint: null,
    });
    expect(checkCpus(config, { cpuCount: 1 }).state).toBe("warn");
    const wide = await configOf("sandbox: { agent_cpus: 0-1, measure_cpus: 1 }\n");
    expect(checkCpus(wide, { cpuCount: 2 }).state).toBe("warn");
    const high = await configOf('sandbox: { measure_cpus: "0,7" }\n');
    expect(checkCpus(high, { cpuCount: 4 })).toMatchObject({
      state: "fail",
      hint: "sandbox.agent_cpus and measure_cpus may name 0 to 3",
    });
  });

  it("has the key that claude needs, or is told that a run needs it", async () => {
    const config = await configOf("");
    expect(await checkAgent(config, fakeWorld("/"))).toEqual({
      name: "agent",
      state: "warn",
      text: "agent.kind claude needs an API key",
      hint: "export ANTHROPIC_API_KEY=...; the agents tuner and replay need none",
    });
    const env = { ANTHROPIC_API_KEY: "made up" };
    expect(await checkAgent(config, fakeWorld("/", { env }))).toEqual({
      name: "agent",
      state: "ok",
      text: "claude",
      hint: null,
    });
  });
});

describe("a check that fails", () => {
  it("says what to do, for the user's and the engine's failures alike", () => {
    expect(failureCheck("config", new UserError("no name", { hint: "add one" }))).toEqual({
      name: "config",
      state: "fail",
      text: "no name",
      hint: "add one",
    });
    expect(failureCheck("engine", new EngineError("down"))).toMatchObject({ hint: null });
    expect(() => failureCheck("engine", new TypeError("a bug"))).toThrow("a bug");
  });
});

describe("hidden files beside agents", () => {
  it.each([
    ["search: { parallel: 2 }\n", "hidden: [oracle/]", 1],
    ["search: { parallel: 2 }\n", "default: hidden", 1],
    ["search: { parallel: 1 }\n", "hidden: [oracle/]", 0],
    ["search: { parallel: 2 }\n", "hidden: []", 0],
    ["search: { parallel: 2 }\nsandbox: { runtime: runsc }\n", "hidden: [oracle/]", 0],
  ])("are told of with %j and %j: %i", async (yaml, rule, count) => {
    const directory = scratchFolder();
    const written = `${MINIMAL.replace(/^access.*/m, `access: { writable: [src/], ${rule} }`)}${yaml}`;
    await addFiles(directory, { "loopty.yaml": written });
    const checks = checkSideChannel((await loadConfig({ directory })).config);
    expect(checks).toHaveLength(count);
    for (const check of checks) {
      expect(check).toMatchObject({ name: "hidden files", state: "warn" });
      expect(check.hint).toContain("sandbox.runtime: runsc");
    }
  });
});
