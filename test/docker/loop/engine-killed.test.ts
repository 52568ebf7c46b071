import { rm } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { SecondEngine } from "../second-engine.ts";
import { fillDisk } from "./full-disk.ts";
import { type Happening, runProgram } from "./program.ts";
import { shellProject } from "./shell-project.ts";

const IMAGE = "debian:bookworm-slim";
const MIB = 1024 * 1024;
/** No gains: a champion would be measured by twenty pairs. */
const EDITS = `
version: 1
edits:
  - { parent: "1", description: larger, changes: [{ path: src/size, content: "110\\n" }] }
  - { parent: "1", description: larger still, changes: [{ path: src/size, content: "120\\n" }] }
`;

describe("an engine that fails in the middle of a run", () => {
  let engine: SecondEngine;
  let project: TestProject;
  beforeAll(async () => {
    engine = await SecondEngine.start({ diskBytes: 256 * MIB });
    engine.load(IMAGE);
    const files = shellProject(EDITS);
    const yaml = (files["loopty.yaml"] ?? "").replace("sandbox: {", `sandbox: { image: ${IMAGE},`);
    project = await openTestProject({ ...files, "loopty.yaml": yaml });
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  /** Runs loopty on that engine. */
  const run = (args: readonly string[], happening?: Happening) => {
    const env = { ...engine.env, TMPDIR: `${project.directory}-bench` };
    return runProgram(project.directory, ["run", ...args], {
      env,
      ...(happening === undefined ? {} : { happening }),
    });
  };
  const verdicts = async () => {
    const { nodes } = await project.project.openRun(1);
    return nodes.map(({ id, phase, verdict }) => [id, phase, verdict]);
  };

  it("ends the run with exit code 4 and what to do, wherever it is, and the run goes on later", {
    timeout: 300_000,
  }, async () => {
    let killed = Promise.resolve();
    const kill = () => {
      killed = engine.kill();
    };
    const inAgent = await run([], { at: /1\.1 agent edits/, act: kill });
    await killed;
    expect(inAgent.code, inAgent.progress).toBe(4);
    expect(inAgent.progress).toMatch(/error: the container engine failed: /);
    expect(inAgent.progress).toContain("loopty run --resume");
    expect((await verdicts()).at(-1)).toEqual(["1.1", "reserved", null]);

    const down = await run(["--resume"]);
    expect(down.code, down.progress).toBe(4);
    expect(down.progress).toContain("no container engine answers");

    await engine.start();
    const filler = join(engine.dataRoot, "filler");
    const full = await run(["--resume"], { at: /1\.2 snapshot/, act: () => fillDisk(filler) });
    expect(full.code, full.progress).toBe(4);
    expect(full.progress).toMatch(/error: the container engine failed: .*no space left on device/);
    expect((await verdicts()).at(-1)).toEqual(["1.2", "proposed", null]);

    await rm(filler);
    const end = await run(["--resume"]);
    expect(end.code, end.progress).toBe(0);
    expect(await verdicts()).toEqual([
      ["1", "finished", null],
      ["1.1", "finished", "interrupted"],
      ["1.2", "finished", "worse"],
      ["1.3", "finished", "worse"],
    ]);
    const docker = new Docker({ socketPath: engine.env.DOCKER_HOST.slice("unix://".length) });
    const filters = { label: [`${LABEL.project}=${project.project.projectId}`] };
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
    expect((await docker.listVolumes({ filters })).Volumes ?? []).toEqual([]);
  });
});
