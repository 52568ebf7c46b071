import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { baselineId, parseId } from "../../../src/core/tree/id.ts";
import { snapshotLayers } from "../../../src/core/tree/node.ts";
import { reopenBase } from "../../../src/sandbox/image/base.ts";
import { findImage, layersOf } from "../../../src/sandbox/image/image.ts";
import { findSnapshot, makeSnapshot } from "../../../src/sandbox/image/snapshot.ts";
import { readImage } from "../container.ts";
import { filesOf, type Lab, openLab } from "../lab.ts";

describe("a node's snapshot", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        "bench.sh!": "#!/bin/sh\n",
        "src/a.c": "a\n",
        "src/deep/b.c": "b\n",
        "src/keep.h": "keep\n",
        "oracle/expected": "42\n",
      },
      access: { writable: ["src/"], readable: ["src/keep.h"], hidden: ["oracle/"] },
      setup: "touch made-by-setup",
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const layers = async (image: string) => {
    const found = await findImage(lab.settings.engine, image);
    return found === null ? [] : layersOf(found);
  };
  const workspace = async (image: string) => {
    const entries = await readImage(lab.settings.engine.docker, image, "/workspace");
    return Object.fromEntries(
      [...entries].map(([path, { mode, uid, text }]) => [path, `${mode} ${uid} ${text}`.trimEnd()]),
    );
  };

  it("stands on a base that holds no writable and no hidden file", async () => {
    expect(await workspace(lab.base.imageId)).toEqual({
      "/workspace": "1777 0",
      "/workspace/bench.sh": "755 0 #!/bin/sh",
      "/workspace/made-by-setup": "644 0",
      "/workspace/src": "1777 0",
      "/workspace/src/deep": "1777 0",
      "/workspace/src/keep.h": "644 0 keep",
    });
  });

  it("is the base and one layer at any depth, and a deleted file is absent", async () => {
    const generations = [
      { "src/a.c": "a\n", "src/deep/b.c": "b\n" },
      { "src/a.c": "a2\n", "src/deep/b.c": "b\n", "src/new/c.c!": "c\n" },
      { "src/new/c.c!": "c\n" },
      {},
    ];
    const seen = [];
    let id = baselineId(1);
    for (const files of generations) {
      const snapshot = await makeSnapshot(lab.settings, lab.base, id, filesOf(files), "true");
      expect(await layers(snapshot.imageId)).toEqual(snapshotLayers(lab.base.layers, snapshot));
      expect(await findSnapshot(lab.settings, lab.base, snapshot)).toEqual(snapshot);
      const shown = await workspace(snapshot.imageId);
      seen.push(Object.entries(shown).filter(([path]) => path.endsWith(".c")));
      id = parseId(`${id}.1`);
    }
    expect(seen).toEqual([
      [
        ["/workspace/src/a.c", "644 0 a"],
        ["/workspace/src/deep/b.c", "644 0 b"],
      ],
      [
        ["/workspace/src/a.c", "644 0 a2"],
        ["/workspace/src/deep/b.c", "644 0 b"],
        ["/workspace/src/new/c.c", "755 0 c"],
      ],
      [["/workspace/src/new/c.c", "755 0 c"]],
      [],
    ]);
  });

  it("gives its files one time, later than anything that setup made", async () => {
    const entries = await readImage(lab.settings.engine.docker, lab.snapshot.imageId, "/workspace");
    const timeOf = (path: string) => entries.get(`/workspace/${path}`)?.time ?? "";
    expect(timeOf("src/a.c")).toBe(lab.base.fileTime.toISOString());
    expect(timeOf("src/deep/b.c")).toBe(lab.base.fileTime.toISOString());
    expect(timeOf("made-by-setup") < timeOf("src/a.c")).toBe(true);
    // In the future, `make` would warn of a clock skew and the build's outputs would be older than the sources.
    expect(Date.parse(timeOf("src/a.c"))).toBeLessThanOrEqual(Date.now());
  });

  it("comes out with the same layer when it is made again after its image was removed", async () => {
    const files = { "src/a.c": "again\n", "src/x/y.c!": "y\n" };
    const first = await lab.snapshotOf("1.7", files);
    expect(await findSnapshot(lab.settings, lab.base, first)).toEqual(first);
    await lab.settings.engine.docker.getImage(first.tag).remove();
    expect(await findSnapshot(lab.settings, lab.base, first)).toBe("missing");
    // Files of an archive know whole seconds.
    await sleep(1100);
    const second = await lab.snapshotOf("1.7", files);
    expect(second.layerDigest).toBe(first.layerDigest);
    // Under another id: who goes on with the recorded one would find no image.
    expect(second.imageId).not.toBe(first.imageId);
    expect(await findSnapshot(lab.settings, lab.base, first)).toEqual(second);
  });

  it("is known to be changed when its tag was moved to another image", async () => {
    const snapshot = await lab.snapshotOf("1.8", { "src/a.c": "eight\n" });
    const other = await lab.snapshotOf("1.9", { "src/a.c": "nine\n" });
    const { docker } = lab.settings.engine;
    const [repo = "", tag = ""] = snapshot.tag.split(":");
    await docker.getImage(other.imageId).tag({ repo, tag });
    expect(await findSnapshot(lab.settings, lab.base, snapshot)).toBe("changed");
    await docker.getImage(lab.base.imageId).tag({ repo, tag });
    expect(await findSnapshot(lab.settings, lab.base, snapshot)).toBe("changed");
    const again = await lab.snapshotOf("1.8", { "src/a.c": "eight\n" });
    expect(again.layerDigest).toBe(snapshot.layerDigest);
    expect(await findSnapshot(lab.settings, lab.base, snapshot)).toEqual(again);
  });

  it("is refused, and nothing overwritten, where its tag belongs to another project", async () => {
    const { docker } = lab.settings.engine;
    await using other = await openLab({ files: { "a.c": "a\n" }, access: { writable: ["a.c"] } });
    const settings = { ...lab.settings, projectId: other.settings.projectId };
    const before = await findImage(lab.settings.engine, lab.snapshot.tag);
    const making = makeSnapshot(settings, other.base, baselineId(1), other.writableFiles, "true");
    await expect(making).rejects.toThrow(UserError);
    await expect(making).rejects.toThrow(
      `the image ${lab.snapshot.tag} exists and belongs to another project`,
    );
    expect((await findImage(lab.settings.engine, lab.snapshot.tag))?.Id).toBe(before?.Id);
    const filters = { label: [`loopty.project=${other.settings.projectId}`] };
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  });

  it("finds its base again as it was recorded, and no other", async () => {
    const { tree, ...record } = lab.base;
    expect(await reopenBase(lab.settings, record)).toEqual(lab.base);
    expect(await reopenBase(lab.settings, { ...record, layers: ["sha256:other"] })).toBeNull();
    expect(await reopenBase(lab.settings, { ...record, tag: `${record.tag}0` })).toBeNull();
    expect(tree.map(({ path }) => path)).toContain("made-by-setup");
  });
});
