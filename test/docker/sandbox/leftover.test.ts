import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import { listImages, removeImages } from "../../../src/sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../../src/sandbox/clean-up/leftover.ts";
import { createContainer } from "../../../src/sandbox/container/container.ts";
import type { DockerSettings } from "../../../src/sandbox/docker-settings.ts";
import { createVolume, removeVolume } from "../../../src/sandbox/editing/volume.ts";
import { findImage } from "../../../src/sandbox/image/image.ts";
import { makeSnapshot } from "../../../src/sandbox/image/snapshot.ts";
import { type Lab, openLab } from "../lab.ts";

describe("what a killed run leaves behind", () => {
  let lab: Lab;
  let other: Lab;
  beforeAll(async () => {
    const options = { files: { "src/a": "a\n" }, access: { writable: ["src/"] } };
    [lab, other] = await Promise.all([openLab(options), openLab(options)]);
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
  });

  const leave = async (settings: DockerSettings, owner: string) => {
    const own = { ...settings, owner };
    const volume = await createVolume(own, `loopty-test-${owner}-${settings.run}`, parseId("1.1"));
    const { container } = await createContainer({
      settings: own,
      phase: "build",
      node: parseId("1.1"),
      image: lab.snapshot.imageId,
      user: "measure",
      command: ["sleep", "60"],
      cpus: "0",
    });
    await container.start();
    return { container: container.id, volume: volume.name };
  };
  const exist = async (settings: DockerSettings) => {
    const filters = { label: [`loopty.project=${settings.projectId}`] };
    const { docker } = settings.engine;
    const containers = await docker.listContainers({ all: true, filters });
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    return {
      containers: containers.map(({ Id: id }) => id).sort(),
      volumes: volumes.map(({ Name: name }) => name).sort(),
    };
  };

  it("is removed by its dead owner's label; a live run, another project and a person keep theirs", async () => {
    const { docker } = lab.settings.engine;
    const dead = await leave(lab.settings, "dead");
    const live = await leave(lab.settings, "live");
    const foreign = await leave({ ...other.settings, run: 2 }, "dead");
    // Its labels are the image's: project, node, and the dead owner and the name of the container that was committed.
    const settings = { ...lab.settings, owner: "dead" };
    const { tag } = await makeSnapshot(settings, lab.base, parseId("1.1"), [], "sleep 60");
    const persons = await docker.createContainer({ Image: tag });
    try {
      await persons.start();
      expect(await exist(lab.settings)).toEqual({
        containers: [dead.container, live.container, persons.id].sort(),
        volumes: [dead.volume, live.volume, lab.protectedVolume.name].sort(),
      });
      const isDead = (owner: string) => owner === "dead";
      expect(await removeLeftovers(lab.settings.engine, lab.settings.projectId, isDead)).toEqual({
        containers: 1,
        volumes: 1,
      });
      expect(await exist(lab.settings)).toEqual({
        containers: [live.container, persons.id].sort(),
        volumes: [live.volume, lab.protectedVolume.name].sort(),
      });
      expect(await exist(other.settings)).toEqual({
        containers: [foreign.container],
        volumes: [foreign.volume, other.protectedVolume.name].sort(),
      });
    } finally {
      await persons.remove({ force: true });
      const ours = () => true;
      await removeLeftovers(lab.settings.engine, lab.settings.projectId, ours);
      await removeLeftovers(lab.settings.engine, other.settings.projectId, ours);
    }
  });

  it("stays as far as a person's container uses it, and the rest goes", async () => {
    const { docker } = lab.settings.engine;
    const kept = await createVolume({ ...lab.settings, owner: "dead" }, "loopty-test-kept", null);
    const gone = await createVolume({ ...lab.settings, owner: "dead" }, "loopty-test-yone", null);
    const persons = await docker.createContainer({
      Image: lab.snapshot.tag,
      HostConfig: { Binds: [`${kept.name}:/data`] },
    });
    try {
      const removed = await removeLeftovers(
        lab.settings.engine,
        lab.settings.projectId,
        (owner) => owner === "dead",
      );
      expect(removed).toEqual({ containers: 0, volumes: 1 });
      expect((await exist(lab.settings)).volumes).toContain(kept.name);
      expect((await exist(lab.settings)).volumes).not.toContain(gone.name);
    } finally {
      await persons.remove({ force: true });
      await removeVolume(lab.settings, kept.name);
    }
  });
});

describe("a project's images", () => {
  it("are found by label, and removed from the top down", async () => {
    const options = { files: { "src/a": "a\n" }, access: { writable: ["src/"] } };
    await using other = await openLab(options);
    await using lab = await openLab(options);
    const { engine, projectId, repository } = lab.settings;
    await lab.built("touch first");
    // Its tag moves on, and the first image stays without one.
    await lab.built("touch second");
    await engine.docker.getImage(lab.snapshot.tag).tag({ repo: "persons/own", tag: "1" });
    const [base, ...above] = [lab.base.tag, lab.snapshot.tag, `${repository}:1-built`];

    const images = await listImages(engine, projectId);
    const drawn = images.map(({ kind, node, tags }) => `${kind} ${node} ${tags}`.trimEnd());
    expect(drawn.sort()).toEqual([
      `base  ${base}`,
      "built 1",
      `built 1 ${above[1]}`,
      `snapshot 1 ${above[0]}`,
    ]);

    const user = await engine.docker.createContainer({ Image: above[1] ?? "", Cmd: ["true"] });
    try {
      expect(await removeImages(engine, images)).toEqual({ removed: 3, inUse: [above[1]] });
      expect(await listImages(engine, projectId)).toMatchObject([{ tags: [above[1]] }]);
    } finally {
      await user.remove({ force: true });
    }
    const rest = await removeImages(engine, await listImages(engine, projectId));
    expect(rest).toEqual({ removed: 1, inUse: [] });
    expect(await listImages(engine, projectId)).toEqual([]);
    // What a person named is that person's, and another project's is not ours.
    expect((await findImage(engine, "persons/own:1"))?.Id).toBe(lab.snapshot.imageId);
    await engine.docker.getImage("persons/own:1").remove();
    expect(await listImages(engine, other.settings.projectId)).toHaveLength(2);
  });
});
