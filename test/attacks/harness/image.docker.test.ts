import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { UserError } from "../../../src/core/error.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { listImages, removeImages } from "../../../src/sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../../src/sandbox/clean-up/leftover.ts";
import { createContainer } from "../../../src/sandbox/container/container.ts";
import { type ContainerSpec, containerOptions } from "../../../src/sandbox/container/hardening.ts";
import { SECCOMP_PROFILE } from "../../../src/sandbox/container/seccomp.ts";
import { createVolume } from "../../../src/sandbox/editing/volume.ts";
import { findSnapshot, makeSnapshot } from "../../../src/sandbox/image/snapshot.ts";
import { formatOwner, linuxProcessTable, parseOwner } from "../../../src/store/files/owner.ts";
import { MINIMAL } from "../../config/minimal.ts";
import { readImage } from "../../docker/container.ts";
import { filesOf } from "../../docker/lab.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";

describe("images and containers behind the harness's back", () => {
  const here = openLaboratory();
  const processes = linuxProcessTable(process.pid);

  /** An owner whose process was killed a moment ago. */
  const killedOwner = async () => {
    const child = spawn("sleep", ["60"]);
    const owner = formatOwner(linuxProcessTable(child.pid ?? 0).self());
    child.kill("SIGKILL");
    await once(child, "close");
    return owner;
  };
  const helper = async (owner: string, image: string) => {
    const { container } = await createContainer({
      ...{ settings: { ...here.lab.settings, owner }, phase: "build", node: parseId("1.54") },
      ...{ image, user: "measure", command: ["true"], cpus: "0" },
    });
    return container;
  };

  attack(
    {
      case: "54",
      title: "a harness is killed mid-build, mid-commit, and between an image and its record",
      outcome:
        "its containers and volumes are swept, a living one's stay; the image is made anew, the old one is found",
    },
    async () => {
      const { settings, base, snapshotOf } = here.lab;
      const { engine, projectId } = settings;
      const dead = await killedOwner();
      const living = formatOwner(processes.self());
      const unrecorded = await snapshotOf("1.54", { "src/kernel.c": "before the kill" });
      const isLeftover = (text: string) => {
        const owner = parseOwner(text);
        return text !== settings.owner && (owner === null || !processes.isAlive(owner));
      };
      const swept = { containers: 1, volumes: 1 };
      try {
        const left = await helper(dead, base.imageId);
        const kept = await helper(living, base.imageId);
        for (const [i, owner] of [dead, living].entries()) {
          const name = `loopty-lab-54-${i}-${projectId.slice(0, 8)}`;
          await createVolume({ ...settings, owner }, name, parseId("1.54"));
        }
        expect(await removeLeftovers(engine, projectId, isLeftover)).toEqual(swept);
        await expect(left.inspect()).rejects.toMatchObject({ statusCode: 404 });
        expect((await kept.inspect()).State.Status).toBe("created");
      } finally {
        expect(await removeLeftovers(engine, projectId, (owner) => owner === living)).toEqual(
          swept,
        );
      }

      const made = await snapshotOf("1.54", { "src/kernel.c": "after" });
      expect(made.tag).toBe(unrecorded.tag);
      expect(await findSnapshot(settings, base, made)).toEqual(made);
      expect(await listImages(engine, projectId)).toContainEqual(
        expect.objectContaining({ id: unrecorded.imageId, node: "1.54", tags: [] }),
      );
    },
  );

  attack(
    {
      case: "60",
      title: "a node's image is removed, or its tag moved to another image",
      outcome: "seen by its layers, and made again from the stored files with the very same layer",
    },
    async () => {
      const { settings, base, snapshotOf } = here.lab;
      const { docker } = settings.engine;
      const files = { "src/kernel.c": "int sixty;\n" };
      const recorded = await snapshotOf("1.60", files);
      const [repo, tag] = recorded.tag.split(":");
      const other = await snapshotOf("1.60.1", { "src/kernel.c": "forged\n" });
      await docker.getImage(other.imageId).tag({ repo: repo ?? "", tag: tag ?? "" });
      expect(await findSnapshot(settings, base, recorded)).toBe("changed");
      await docker.getImage(recorded.tag).remove();
      await docker.getImage(recorded.imageId).remove();
      expect(await findSnapshot(settings, base, recorded)).toBe("missing");
      const again = await snapshotOf("1.60", files);
      expect(again.layerDigest).toBe(recorded.layerDigest);
      expect(await findSnapshot(settings, base, recorded)).toMatchObject({
        imageId: again.imageId,
      });
    },
  );

  attack(
    {
      case: "61",
      title:
        "a parent's image is removed while children stand on it, and one that a container uses",
      outcome:
        "a child is the base and a layer of its own, and stays whole; what is in use is left and named",
    },
    async () => {
      const { settings, base, snapshotOf } = here.lab;
      const { docker } = settings.engine;
      const parent = await snapshotOf("1.61", { "src/kernel.c": "parent\n" });
      const child = await snapshotOf("1.61.1", { "src/kernel.c": "child\n" });
      await docker.getImage(parent.tag).remove({ force: true });
      expect(await findSnapshot(settings, base, child)).toEqual(child);
      const files = await readImage(docker, child.imageId, "/workspace/src");
      expect(files.get("/workspace/src/kernel.c")?.text).toBe("child\n");
      const container = await helper(settings.owner, child.tag);
      const used = {
        id: child.imageId,
        kind: "snapshot",
        node: "1.61.1",
        tags: [child.tag],
      } as const;
      expect(await removeImages(settings.engine, [used])).toEqual({
        removed: 0,
        inUse: [child.tag],
      });
      await container.remove();
    },
  );

  attack(
    {
      case: "62",
      title: "names that are no tag, paths or options; a tag that belongs to another project",
      outcome: "refused before the engine is asked, and nobody's image is overwritten",
    },
    async () => {
      const names = [
        "A",
        "a b",
        "-a",
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a:b",
        "a@b",
        "é",
        "a\n",
        "x".repeat(129),
        "--help",
      ];
      for (const name of names) {
        const yaml = MINIMAL.replace("name: matmul", `name: ${JSON.stringify(name)}`);
        expect(() => parseConfig(yaml)).toThrow(UserError);
      }
      const ids = [
        "",
        "0",
        "01",
        "1.",
        ".1",
        "1..1",
        "1/1",
        "../1",
        "--help",
        "1.1:x",
        "１",
        "1e3",
        `1${".1".repeat(60)}`,
      ];
      for (const id of ids) expect(() => parseId(id)).toThrow(UserError);

      const { settings, base, snapshotOf } = here.lab;
      const another = { ...settings, projectId: randomUUID() };
      const theirs = await makeSnapshot(
        another,
        base,
        parseId("1.62"),
        filesOf({ "src/a": "a" }),
        "true",
      );
      try {
        await expect(snapshotOf("1.62", { "src/a": "b" })).rejects.toThrow(
          `the image ${theirs.tag} exists and belongs to another project`,
        );
        expect(await findSnapshot(settings, base, theirs)).toEqual(theirs);
      } finally {
        await settings.engine.docker.getImage(theirs.tag).remove();
      }
    },
  );

  attack(
    {
      case: "64",
      title: "a volume's folder is gone from the engine's host when a container is made",
      outcome: "the engine refuses the mount; no empty folder of root's is made in its place",
    },
    async () => {
      const { settings, base } = here.lab;
      const source = `/nonexistent-${randomUUID()}`;
      const spec: ContainerSpec = {
        ...{ settings, phase: "helper", node: null, image: base.imageId, user: "measure" },
        ...{ command: ["true"], cpus: "0" },
        mounts: [{ Type: "bind", Source: source, Target: "/workspace/src", ReadOnly: false }],
      };
      expect(
        containerOptions(spec, { seccomp: SECCOMP_PROFILE, hosts: null }).HostConfig,
      ).not.toHaveProperty("Binds");
      await expect(createContainer(spec)).rejects.toThrow("bind source path does not exist");
      expect(existsSync(source)).toBe(false);
      // Newer engines are not told of the folder.
      if (settings.engine.mountsSubpaths) return;
      const gone = { ...here.lab.protectedVolume, mountpoint: source };
      await expect(here.lab.openAgent({ protectedVolume: gone })).rejects.toThrow("does not exist");
      expect(existsSync(source)).toBe(false);
    },
  );
});
