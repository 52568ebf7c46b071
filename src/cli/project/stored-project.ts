import { dirname, join, resolve } from "node:path";
import { UserError } from "../../core/error.ts";
import { compareIds, depthOf, lineageOf, type NodeId, parseId, runOf } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { findProject, type Project } from "../../store/project.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import type { World } from "../world.ts";

/** Where a command looks for its project. */
export interface ProjectOptions {
  /** A file other than `loopty.yaml` in the current folder. */
  readonly config?: string;
}

export interface StoredNode {
  readonly run: StoredRun;
  readonly node: ExperimentNode;
}

const NEAREST_TOLD = 5;

/** The folder of loopty.yaml, in which `.loopty` lives. The file need not exist: what is stored can be shown without it. */
export function projectDirectory({ cwd }: World, { config }: ProjectOptions): string {
  return config === undefined ? cwd : dirname(resolve(cwd, config));
}

/** Finds the project. Throws `UserError` where loopty was never run. */
export async function requireProject(world: World, options: ProjectOptions): Promise<Project> {
  const directory = projectDirectory(world, options);
  const project = await findProject(directory, world);
  if (project !== null) return project;
  throw new UserError(`there is no run here: ${join(directory, ".loopty")} does not exist`, {
    hint: "`loopty run` makes the first; --config FILE names a project elsewhere",
  });
}

/** The number of the last run. Throws `UserError` when there is none. */
export async function lastRun(project: Project): Promise<number> {
  const last = (await project.runs()).at(-1);
  if (last !== undefined) return last;
  throw new UserError("there is no run yet", { hint: "`loopty run` makes the first" });
}

/** A run by its number, which is the id of its baseline. Throws `UserError` for anything else. */
export function parseRun(text: string): number {
  const id = parseId(text);
  if (depthOf(id) === 0) return runOf(id);
  throw new UserError(`${id} is a node, and this is of a whole run`, {
    hint: `its run is ${runOf(id)}`,
  });
}

/** Finds a node. Throws `UserError` for what is no id, and for an id that no node has. */
export async function findNode(project: Project, text: string): Promise<StoredNode> {
  const id = parseId(text);
  const run = await project.openRun(runOf(id));
  return { run, node: requireNode(run, id) };
}

export function requireNode(run: StoredRun, id: NodeId): ExperimentNode {
  const node = run.node(id);
  if (node !== null) return node;
  throw new UserError(`there is no node ${id}`, { hint: nearestHint(run, id) });
}

/** The children of the deepest existing ancestor, those with the nearest numbers. */
function nearestHint({ nodes }: StoredRun, id: NodeId): string {
  const ids = new Set(nodes.map((node) => node.id));
  const lineage = lineageOf(id);
  const depth = lineage.findLastIndex((above) => ids.has(above));
  const ancestor = lineage[depth];
  if (ancestor === undefined) return `run ${runOf(id)} has no nodes yet`;
  const wanted = numberAt(id, depth + 1);
  const nearest = nodes
    .filter(({ parent }) => parent === ancestor)
    .map((child) => ({ id: child.id, distance: Math.abs(numberAt(child.id, depth + 1) - wanted) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAREST_TOLD)
    .map((child) => child.id)
    .sort(compareIds);
  return nearest.length === 0
    ? `${ancestor} has no children; \`loopty tree\` shows what there is`
    : `nearest are ${[ancestor, ...nearest].join(", ")}; \`loopty tree\` shows all`;
}

function numberAt(id: NodeId, depth: number): number {
  return Number(id.split(".")[depth] ?? 0);
}
