import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { listImages, removeImages } from "../../../src/sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../../src/sandbox/clean-up/leftover.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { linuxProcessTable } from "../../../src/store/files/owner.ts";
import { findProject } from "../../../src/store/project.ts";
import { type FakeWorld, fakeWorld } from "../../cli/fake-world.ts";
import { addFiles } from "../../config/folder-tree.ts";

/**
 * A project whose benchmark prints what a writable file holds: without noise, so that verdicts are certain. The tuner has
 * two better values and one worse to find; `slow` makes a benchmark that runs for a minute.
 */
export async function openSmallProject({ slow = false, build = "" } = {}) {
  const directory = await mkdtemp(join(tmpdir(), "loopty-cli-"));
  const name = `cli-${randomUUID().slice(0, 8)}`;
  const config = `name: ${name}
statement: Make it smaller.
workspace: { exclude: [loopty.yaml] }
access: { writable: [src/value.txt], hidden: [oracle/] }
commands:
  build: ${build}cp src/value.txt built.txt
  verify: grep -q fine oracle/answer.txt && [ "$(cat src/value.txt)" -gt 10 ]
  benchmark: |
    printf 'iteration,time_ms (lower is better)\\n1,%s\\n' "$(cat built.txt)" > "$LOOPTY_METRICS"
    ${slow ? "sleep 60" : "true"}
metrics: { file: metrics.csv }
agent:
  kind: tuner
  parameters: [{ name: VALUE, file: src/value.txt, pattern: '^(\\d+)$', values: [100, 80, 60, 5] }]
budget: { experiments: 3 }
rate_limit: { experiments: none }
`;
  await addFiles(directory, {
    "loopty.yaml": config,
    "src/value.txt": "100\n",
    "src/kept.h": "kept\n",
    "oracle/answer.txt": "fine\n",
  });
  const engine = await connectEngine(process.env, homedir());
  const world = (fields: Partial<FakeWorld> = {}): FakeWorld =>
    fakeWorld(directory, {
      env: process.env,
      home: homedir(),
      now: () => new Date(),
      newUuid: randomUUID,
      processes: linuxProcessTable(process.pid),
      signal: AbortSignal.timeout(600_000),
      ...fields,
    });
  const projectId = async () => (await findProject(directory, world()))?.projectId ?? "none";
  return {
    directory,
    name,
    engine,
    /** A fresh one for every command, so that its output is that command's alone. */
    world,
    projectId,
    images: async () => (await listImages(engine, await projectId())).flatMap(({ tags }) => tags),
    leftovers: async () => {
      const filters = { label: [`${LABEL.project}=${await projectId()}`] };
      const containers = await engine.docker.listContainers({ all: true, filters });
      const { Volumes: volumes } = await engine.docker.listVolumes({ filters });
      return [
        ...containers.flatMap(({ Names }) => Names),
        ...(volumes ?? []).map(({ Name }) => Name),
      ];
    },
    [Symbol.asyncDispose]: async () => {
      await removeLeftovers(engine, await projectId(), () => true);
      await removeImages(engine, await listImages(engine, await projectId()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type SmallProject = Awaited<ReturnType<typeof openSmallProject>>;
