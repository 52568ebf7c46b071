import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { runProgram } from "../loop/program.ts";
import { Demo } from "../remote/demo.ts";

const MINUTES = 60_000;
const RENAMED = "loopty.demo.yaml";

describe.sequential("the demo on this engine", () => {
  const demo = new Demo();
  let docker: Docker;
  let label: string;
  beforeAll(async () => {
    docker = (await connectEngine(process.env, homedir())).docker;
  });
  afterAll(() => demo[Symbol.dispose]());

  const loopty = (...args: string[]) => {
    // The demo takes another name where another's images have its own.
    const renamed = existsSync(join(demo.folder, RENAMED)) ? ["--config", RENAMED] : [];
    return runProgram(demo.folder, [...args, ...renamed]);
  };
  const list = async () => {
    const filters = { label: [label] };
    return {
      containers: await docker.listContainers({ all: true, filters }),
      volumes: (await docker.listVolumes({ filters })).Volumes,
      images: await docker.listImages({ filters }),
    };
  };

  it("finishes every node, and leaves images alone", { timeout: 15 * MINUTES }, async () => {
    const end = await demo.run({});
    expect(end.code, end.progress).toBe(0);
    const read = (path: string) => JSON.parse(readFileSync(join(demo.folder, path), "utf8"));
    label = `loopty.project=${read(".loopty/project.json").projectId}`;
    const { nodes } = read(".loopty/runs/1/tree.json");
    expect(nodes).toHaveLength(3);
    for (const node of nodes) expect(node.phase, JSON.stringify(node)).toBe("finished");
    const left = await list();
    expect(left).toMatchObject({ containers: [], volumes: [] });
    expect(left.images.length).toBeGreaterThan(nodes.length);
  });

  it("measures a node again", { timeout: 15 * MINUTES }, async () => {
    const end = await loopty("reproduce", "1.1");
    expect(end.code, end.progress).toBe(0);
  });

  it("is cleaned away", { timeout: 15 * MINUTES }, async () => {
    const end = await loopty("clean");
    expect(end.code, `${end.stdout}${end.progress}`).toBe(0);
    expect(await list()).toEqual({ containers: [], volumes: [], images: [] });
  });
});
