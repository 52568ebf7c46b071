import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseAgent } from "../../../src/agent/choose.ts";
import type { OpenAgent } from "../../../src/agent/host.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { linuxProcessTable } from "../../../src/store/files/owner.ts";
import { type Reply, says, text, use } from "../../anthropic/reply.ts";
import { type Asked, type Script, StrictServer } from "../../anthropic/server.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { openTestProject } from "../project.ts";

export const API_KEY = "sk-ant-docker-0123456789abcdef";

/** What the model says in one experiment: an answer a turn, then the analysis. */
type Steps = readonly Reply[];

/** The children of a node in the order of their numbers, by the node's place: `""` is the baseline. */
export type Plan = Readonly<Record<string, readonly Steps[]>>;

/** Follows the plan by the id that the prompt tells; whoever is not in the plan gives up at once. */
export function follow(plan: Plan): Script {
  return (asked) => {
    if (asked.last.includes("Answer in plain text")) {
      return says(text(`It did what ${placeIn(asked)} was meant to do.`));
    }
    const place = placeIn(asked);
    const parent = place.split(".").slice(0, -1).join(".");
    const steps = plan[parent]?.[Number(place.split(".").at(-1)) - 1] ?? [];
    return steps[asked.turn] ?? abandon("no other idea");
  };
}

/** The id that the prompt tells, without the run's number. */
export function placeIn({ opening }: Asked): string {
  const place = /Experiment \d+\.([\d.]+), on top of/.exec(opening)?.[1];
  if (place === undefined) throw new Error("the prompt names no experiment");
  return place;
}

export function ready(description: string): Reply {
  return says(use("finish", { outcome: "ready", description, hypothesis: "Less work, so faster" }));
}

export function abandon(description: string): Reply {
  return says(use("finish", { outcome: "abandon", description, hypothesis: "None" }));
}

/** Replaces text in a file. */
export function edits(path: string, old: string, replacement: string): Reply {
  return says(text("I change that."), use("edit", { path, old, new: replacement }));
}

/** The files of an example, with another loopty.yaml. */
export async function exampleFiles(
  name: string,
  adapt: (yaml: string) => string,
): Promise<Record<string, string>> {
  const folder = fileURLToPath(new URL(`../../../examples/${name}/`, import.meta.url));
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length)] = await readFile(path, "utf8");
  }
  return { ...files, "loopty.yaml": adapt(files["loopty.yaml"] ?? "") };
}

/** A project from an example, a server for its model, and the run of it. */
export async function openScripted(files: Record<string, string>, script: Script) {
  const server = await StrictServer.start(script, API_KEY);
  const project = await openTestProject(files);
  const env = { ...process.env, ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: server.url };
  const world = () =>
    fakeWorld(project.directory, {
      env,
      home: homedir(),
      processes: linuxProcessTable(process.pid),
    });
  const agent: OpenAgent = async (host) => {
    const { config } = await loadConfig({ directory: project.directory });
    return (await chooseAgent(config, env))(host);
  };
  return {
    server,
    project,
    world,
    grow: (number: "new" | number) =>
      project.withRun(agent, number, async (run, signal) => {
        const ending = await optimize(run, signal);
        return { ending, nodes: run.records.store.nodes };
      }),
    [Symbol.asyncDispose]: async () => {
      await project[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
export type Scripted = Awaited<ReturnType<typeof openScripted>>;
