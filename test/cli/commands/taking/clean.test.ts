import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clean } from "../../../../src/cli/commands/taking/clean.ts";
import { UserError } from "../../../../src/core/error.ts";
import { LABEL } from "../../../../src/sandbox/container/label.ts";
import { formatOwner } from "../../../../src/store/files/owner.ts";
import { openProject } from "../../../../src/store/project.ts";
import { FakeProcesses } from "../../../store/processes.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { FakeEngine } from "../../fake-engine.ts";
import { fakeWorld } from "../../fake-world.ts";
import { type StoredNodeSpec, storeRun } from "../../stored-run.ts";

const PROJECT = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";
const processes = new FakeProcesses();
const other = processes.start(20);
const gone = processes.start(30);
processes.kill(gone);

function gained(id: string, gain: number): StoredNodeSpec {
  return { id, fields: { verdict: "improved", logGainFromRoot: { time_ms: gain } } };
}

const YAML = `name: m
statement: make it small
access: { writable: [src/] }
commands: { build: "true", verify: "true", benchmark: "true" }
agent: { kind: claude }
`;

const BASE = {
  tag: "loopty/m:base-1",
  imageId: "sha256:1",
  layers: [],
  fileTime: "2026-01-01T00:00:00Z",
};

/** A project with one run, and an engine with its things and with another project's. */
async function project() {
  const engine = await FakeEngine.start();
  const world = fakeWorld(scratchFolder(), {
    env: { PATH: process.env.PATH, DOCKER_HOST: engine.url },
    processes: processes.start(10),
  });
  await storeRun(
    world,
    [
      { id: "1" },
      gained("1.1", 0.1),
      gained("1.2", 0.3),
      gained("1.1.1", 0.9),
      { id: "1.3", fields: { verdict: "verify_failed", logGainFromRoot: { time_ms: 2 } } },
    ],
    { base: BASE },
  );
  addContainer(engine, "loopty-agent-a", formatOwner(gone.self()));
  engine.volumes.push({ name: "loopty-node-a", labels: labelsOf(formatOwner(gone.self())) });
  for (const node of ["1", "1.1", "1.2", "1.1.1", "1.3"]) addImage(engine, node, node, "snapshot");
  addImage(engine, "1.1-built", "1.1", "built");
  addImage(engine, "base-1", "", "base");
  addImage(engine, "base-0", "", "base");
  engine.images.push({ tag: "loopty/m:9", labels: { [LABEL.project]: "another" } });
  return { world, engine };
}

function labelsOf(owner: string): Record<string, string> {
  return { [LABEL.project]: PROJECT, [LABEL.owner]: owner };
}

function addContainer(engine: FakeEngine, name: string, owner: string): void {
  engine.containers.push({ name, labels: { ...labelsOf(owner), [LABEL.container]: name } });
}

function addImage(
  engine: FakeEngine,
  tag: string,
  node: string,
  kind: "base" | "snapshot" | "built",
): void {
  const labels = { [LABEL.project]: PROJECT, [LABEL.node]: node, [LABEL.kind]: kind };
  engine.images.push({ tag: `loopty/m:${tag}`, labels });
}

describe("clean", () => {
  it("removes this project's containers, volumes and images, and nobody else's", async () => {
    const { world, engine } = await project();
    expect(await clean(world, {})).toBe(0);
    expect(engine.names).toEqual(["loopty/m:9"]);
    expect(world.stdout.text).toBe(`removed container loopty-agent-a
removed volume loopty-node-a
removed image loopty/m:1
removed image loopty/m:1.1
removed image loopty/m:1.2
removed image loopty/m:1.1.1
removed image loopty/m:1.3
removed image loopty/m:1.1-built
removed image loopty/m:base-1
removed image loopty/m:base-0
removed 10 items, kept 0 images
`);
  });

  it("keeps the images of the best nodes of a run, of their lineage, and its base", async () => {
    const { world, engine } = await project();
    await clean(world, { keepBest: 1 });
    expect(engine.names).toEqual([
      "loopty/m:1",
      "loopty/m:1.1",
      "loopty/m:1.1.1",
      "loopty/m:1.1-built",
      "loopty/m:base-1",
      "loopty/m:9",
    ]);
    await clean(world, { keepBest: 2 });
    expect(world.stdout.text).toMatch(/removed 0 items, kept 5 images\n$/);
  });

  it("keeps nodes in the order of their gain from the root", async () => {
    const { world, engine } = await project();
    await clean(world, { keepBest: 2 });
    expect(engine.names).toContain("loopty/m:1.2");
    expect(engine.names).not.toContain("loopty/m:1.3");
  });

  it("removes nothing in a dry run, not even for want of the lock", async () => {
    const { world, engine } = await project();
    await using _lock = await (await openProject(world.cwd, world)).lock();
    const before = engine.names;
    expect(await clean(world, { dryRun: true, keepBest: 1, json: true })).toBe(0);
    expect(engine.names).toEqual(before);
    expect(world.stdout.json).toEqual({
      dryRun: true,
      removed: [
        "container loopty-agent-a",
        "volume loopty-node-a",
        "image loopty/m:1.2",
        "image loopty/m:1.3",
        "image loopty/m:base-0",
      ],
      kept: [
        "image loopty/m:1",
        "image loopty/m:1.1",
        "image loopty/m:1.1.1",
        "image loopty/m:1.1-built",
        "image loopty/m:base-1",
      ],
      inUse: [],
      silent: [],
    });
  });

  it("removes images of an engine that names the registry too", async () => {
    const { world, engine } = await project();
    engine.registry = "docker.io/";
    expect(await clean(world, {})).toBe(0);
    expect(engine.names).toEqual(["loopty/m:9"]);
    expect(world.stdout.text).toContain("removed image loopty/m:1.1\n");
  });

  it("leaves what a living process uses, and names it", async () => {
    const { world, engine } = await project();
    addContainer(engine, "loopty-helper-b", formatOwner(other.self()));
    engine.images.push({
      tag: "loopty/m:1.4",
      isUsed: true,
      labels: { [LABEL.project]: PROJECT, [LABEL.node]: "1.4", [LABEL.kind]: "snapshot" },
    });
    await clean(world, {});
    expect(engine.names).toEqual(["loopty-helper-b", "loopty/m:9", "loopty/m:1.4"]);
    expect(world.stdout.text).toContain("left container loopty-helper-b: process 20 uses it\n");
    expect(world.stdout.text).toContain("left image loopty/m:1.4: a container uses it\n");
    expect(world.stdout.text).not.toContain("removed image loopty/m:1.4");
  });

  it("leaves a container that a person started from one of the images", async () => {
    const { world, engine } = await project();
    engine.containers.push({
      name: "mine",
      labels: { [LABEL.project]: PROJECT, [LABEL.container]: "loopty-build-x" },
    });
    await clean(world, {});
    expect(engine.names).toContain("mine");
    expect(world.stdout.text).not.toMatch(/mine|loopty-build-x/);
  });

  it("waits for no run: who holds the project's lock is told", async () => {
    const { world, engine } = await project();
    const holder = fakeWorld(world.cwd, { processes: other });
    await using _lock = await (await openProject(holder.cwd, holder)).lock();
    await expect(clean(world, {})).rejects.toBeInstanceOf(UserError);
    expect(engine.names).toContain("loopty/m:1");
  });

  it("cleans every machine of loopty.yaml, and says which of them do not answer", async () => {
    const { world, engine } = await project();
    const far = await FakeEngine.start();
    addImage(far, "1.1", "1.1", "snapshot");
    const machines = `[local, { url: "${far.url}", name: far }, { url: "unix:///nowhere/docker.sock", name: off }]`;
    await writeFile(join(world.cwd, "loopty.yaml"), `${YAML}machines: ${machines}\n`);
    expect(await clean(world, {})).toBe(4);
    expect(engine.names).toEqual(["loopty/m:9"]);
    expect(far.names).toEqual([]);
    expect(world.stdout.text).toMatch(
      /removed image loopty\/m:1.1 on far\nremoved 11 items, kept 0 images\n$/,
    );
    expect(world.stderr.text).toMatch(
      /^off does not answer: no container engine answers at unix:\/\/\/nowhere\/docker.sock.*; what is there stays until the next `loopty clean`$/m,
    );
  });
});
