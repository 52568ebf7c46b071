import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReplay } from "../../../src/agent/replay/file.ts";
import { Replay } from "../../../src/agent/replay/replay.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { measureResult, type Result } from "../../../src/loop/comparing/result.ts";
import type { Ending } from "../../../src/loop/ending.ts";
import { tryChange } from "../../../src/loop/given-change.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { reproduce } from "../../../src/loop/reproduction.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { EDITS, shellProject } from "./shell-project.ts";

const replay = () => new Replay(parseReplay(EDITS, "edits.yaml"), 2);

describe("a run", () => {
  let project: TestProject;
  let ending: Ending;
  let result: Result | null;
  let nodes: readonly ExperimentNode[];
  const node = (id: string) => {
    const found = nodes.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  };

  beforeAll(async () => {
    project = await openTestProject(shellProject());
    await project.withRun(replay(), "new", async (run, signal) => {
      ending = await optimize(run, signal);
      result = await measureResult(run, signal);
      nodes = run.records.store.nodes;
    });
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  it("gives every experiment its verdict", () => {
    const verdicts = Object.fromEntries(nodes.map(({ id, verdict }) => [id, verdict]));
    expect(verdicts).toEqual({
      "1": null,
      "1.1": "improved",
      "1.2": "verify_failed",
      "1.3": "duplicate",
      "1.4": "improved",
      "1.5": "abandoned",
      "1.1.1": "confirmed",
    });
    expect(node("1.3").duplicateOf).toBe("1.1");
    expect(node("1.5").reason).toContain("Read-only file system");
    expect(ending.reason).toBe("nothing_left");
  });

  it("records the runtime that the measured nodes were measured with", () => {
    const { defaultRuntime } = project.engine;
    const measured = nodes.filter(({ metrics }) => Object.keys(metrics).length > 0);
    expect(measured.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["1", "1.1", "1.4", "1.1.1"]),
    );
    for (const { id, runtime } of nodes) {
      expect([id, runtime]).toEqual([
        id,
        measured.some((one) => one.id === id) ? defaultRuntime : null,
      ]);
    }
  });

  it("hands a build failure back to the agent inside the same node", () => {
    expect(node("1.4").repairs).toBe(1);
    expect(node("1.4").metrics).toEqual({ cost: 95 });
  });

  it("measures its champion afresh against the root in two pairs, as nothing varies", () => {
    expect(result?.champion.id).toBe("1.1.1");
    expect(result?.comparison.pairs).toBe(2);
    expect(result?.comparison.metrics[0]).toMatchObject({ value: 50, against: 100 });
  });

  it("stacks one layer on the base for a node at any depth", async () => {
    const layers = async (id: string) => {
      const image = await project.engine.docker
        .getImage(node(id).snapshot?.imageId ?? "")
        .inspect();
      return image.RootFS.Layers ?? [];
    };
    const [root, child, grandchild] = [
      await layers("1"),
      await layers("1.1"),
      await layers("1.1.1"),
    ];
    expect(grandchild).toHaveLength(root.length);
    expect(grandchild.slice(0, -1)).toEqual(child.slice(0, -1));
    expect(grandchild.at(-1)).toBe(node("1.1.1").snapshot?.layerDigest);
  });

  it("leaves no container and no volume behind", async () => {
    const { docker } = project.engine;
    const filters = { label: [`${LABEL.project}=${project.project.projectId}`] };
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
    expect((await docker.listVolumes({ filters })).Volumes).toEqual([]);
  });

  it("keeps hidden files out of every image", async () => {
    for (const { id, snapshot } of nodes) {
      if (snapshot === null) continue;
      const container = await project.engine.docker.createContainer({
        Image: `${snapshot.tag}-built`,
      });
      try {
        const find = container.getArchive({ path: "/workspace/oracle" });
        await expect(find, id).rejects.toMatchObject({ statusCode: 404 });
      } finally {
        await container.remove({ force: true });
      }
    }
  });

  it("reproduces a node from its tag, also after its image was removed", async () => {
    const { docker } = project.engine;
    const { snapshot } = node("1.1.1");
    await docker.getImage(`${snapshot?.tag}-built`).remove();
    await docker.getImage(snapshot?.tag ?? "").remove();
    await project.withRun(replay(), 1, async (run, signal) => {
      const again = await reproduce(run, node("1.1.1"), signal);
      expect(again).toMatchObject({ kind: "measured", agrees: true });
    });
    expect(project.events.at(-1)?.type).not.toBe("run_finished");
    const warnings = project.events.filter(({ type }) => type === "warning");
    expect(warnings).toMatchObject([{ id: "1.1.1", message: expect.stringContaining("missing") }]);
    const rebuilt = await docker.getImage(snapshot?.tag ?? "").inspect();
    expect(rebuilt.RootFS.Layers?.at(-1)).toBe(snapshot?.layerDigest);
  });

  it("takes a person's patch as a node, under the same policy", async () => {
    const patch = (path: string, from: string, to: string) =>
      Buffer.from(`--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-${from}\n+${to}\n`);
    await project.withRun(replay(), 1, async (run, signal) => {
      const parent = run.records.store.node(parseId("1.1.1"));
      if (parent === null) throw new Error("no node 1.1.1");
      const change = (bytes: Buffer) =>
        tryChange(run, parent, { kind: "patch", patch: bytes }, "by hand", signal);
      expect(await change(patch("src/size", "50", "40"))).toMatchObject({
        kind: "node",
        node: { id: "1.1.1.1", verdict: "improved", metrics: { cost: 40 } },
      });
      expect(await change(patch("bench.sh", "echo", "exit"))).toMatchObject({ kind: "rejected" });
    });
  });

  it("refuses to go on when its criteria or hidden files changed", async () => {
    const { writeFile } = await import("node:fs/promises");
    const oracle = `${project.directory}/oracle/answer`;
    await writeFile(oracle, "43\n");
    const open = () => project.withRun(replay(), 1, async () => "opened");
    await expect(open()).rejects.toThrow("the hidden files changed since run 1 started");
    await writeFile(oracle, "42\n");
    expect(await open()).toBe("opened");
  });

  it("refuses to go on where the engine would measure with another runtime", async () => {
    const engine = { ...project.engine, defaultRuntime: "runsc" };
    await expect(project.withRun(replay(), 1, async () => "opened", engine)).rejects.toThrow(
      "run 1 was measured with the runtime runc, and now it would be runsc",
    );
  });
});
