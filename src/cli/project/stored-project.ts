import { dirname, join, resolve } from "node:path";
import { UserError } from "../../core/error.ts";
import { championOf } from "../../core/search/selection.ts";
import {
  compareIds,
  depthOf,
  lineageOf,
  type NodeId,
  nodeIdSchema,
  parseId,
  runOf,
} from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { toldRun } from "../../mcp/told-run.ts";
import { findProject, type Project } from "../../store/project.ts";
import { preferenceOfRun } from "../../store/run-record.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import type { World } from "../world.ts";

/** Where a command looks for its project. */
export interface ProjectOptions {
  /** A file other than `loopty.yaml` in the current folder. */
  readonly config?: string;
  /** A person when left out. An agent is told no more than loopty's own. */
  readonly reader?: "agent";
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
  if (project !== null) return options.reader === "agent" ? project.through(toldRun) : project;
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

/** Names of nodes of the last run. */
const NAMED = {
  champion: (run: StoredRun) => championOf(run.nodes, preferenceOfRun(run.record)),
  best: (run: StoredRun) => championOf(run.nodes, preferenceOfRun(run.record)),
  root: ({ nodes }: StoredRun) => nodes.find(({ parent }) => parent === null) ?? null,
  last: ({ nodes }: StoredRun) => nodes.at(-1) ?? null,
};

/**
 * The node that a person means: by its id, by the end of its id where only one of the last run ends so (`3.2` of `5.1.3.2`), or by a name:
 * `champion` or `best`, `root`, `last`, each of the last run. Throws `UserError` for anything else.
 */
export async function findNode(project: Project, text: string): Promise<StoredNode> {
  const wanted = text.trim();
  if (isNodeName(wanted)) {
    const run = await project.openRun(await lastRun(project));
    const node = NAMED[wanted](run);
    if (node !== null) return { run, node };
    throw new UserError(`run ${run.record.run} has no ${wanted} yet`, {
      hint: "`loopty tree` shows its nodes",
    });
  }
  const id = readId(wanted);
  const runs = await project.runs();
  const own = runs.includes(runOf(id)) ? await project.openRun(runOf(id)) : null;
  const exact = own?.node(id) ?? null;
  if (own !== null && exact !== null) return { run: own, node: exact };
  const last = await project.openRun(await lastRun(project));
  const ending = last.nodes.filter((node) => node.id.endsWith(`.${id}`));
  const [only] = ending;
  if (only !== undefined && ending.length === 1) return { run: last, node: only };
  if (ending.length > 1) {
    const some = ending.slice(0, NEAREST_TOLD).map((node) => node.id);
    throw new UserError(`${id} is the end of several ids`, { hint: `such as ${some.join(", ")}` });
  }
  const run = own ?? (await project.openRun(runOf(id)));
  return { run, node: requireNode(run, id) };
}

/** Whether a text names a node of the last run by what it is. */
export function isNodeName(text: string): text is keyof typeof NAMED {
  return Object.hasOwn(NAMED, text);
}

function readId(text: string): NodeId {
  const id = nodeIdSchema.safeParse(text);
  if (id.success) return id.data;
  throw new UserError(`"${text}" is not a node id`, {
    hint: "an id looks like 1 or 1.3.2; champion, best, root and last are nodes of the last run",
  });
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
