import { isHiding } from "../../core/prompt/told-node.ts";
import { originOf } from "../../loop/origin/origin.ts";
import { divideWorkspace, readFiles } from "../../loop/origin/workspace.ts";
import { type Ask, type Desk, type FoundNode, neverRun, type OpenCounter } from "../../mcp/desk.ts";
import type { Reply } from "../../mcp/reply.ts";
import { toldRun } from "../../mcp/told-run.ts";
import { gitRepositories, type Repositories } from "../../store/git/repositories.ts";
import type { JobWork } from "../../store/job.ts";
import { findProject, openProject, type Project } from "../../store/project.ts";
import { accessOfRun } from "../../store/run-record.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import { readConfig } from "../project/read-config.ts";
import {
  findNode,
  type ProjectOptions,
  projectDirectory,
  requireProject,
} from "../project/stored-project.ts";
import type { World } from "../world.ts";
import { carryOut } from "./asked.ts";
import { capturedWorld } from "./captured-world.ts";

/** The commands of loopty as an agent may use them. */
export class CommandDesk implements Desk {
  readonly #world: World;
  readonly #options: ProjectOptions;
  readonly #repositories: Repositories;

  constructor(
    world: World,
    options: Omit<ProjectOptions, "reader">,
    repositories: Repositories = gitRepositories(world.env.PATH ?? ""),
  ) {
    this.#world = world;
    this.#options = { ...options, reader: "agent" };
    this.#repositories = repositories;
  }

  async project(): Promise<Project | null> {
    const directory = projectDirectory(this.#world, this.#options);
    return (await findProject(directory, this.#world))?.through(toldRun) ?? null;
  }

  async hides(): Promise<boolean> {
    const project = await this.project();
    const last = (await project?.runs())?.at(-1);
    const run = last === undefined ? null : await project?.openRun(last);
    if (run && isHiding(accessOfRun(run.record))) return true;
    // What cannot be read may hide something.
    const loaded = await readConfig(this.#world, this.#options).catch(() => null);
    return loaded === null || isHiding(loaded.config.access);
  }

  async find(text: string): Promise<FoundNode> {
    return findNode(await this.#projectWithRun(), text);
  }

  /** What only looks is asked twice, for a person's lines and for the JSON. */
  async ask(asked: Ask): Promise<Reply> {
    if (!NEEDS_NO_RUN.has(asked.command)) await this.#projectWithRun();
    const json = await this.#printed(asked, true);
    const text = LOOKS.has(asked.command) ? await this.#printed(asked, false) : json;
    return { text, json: objectOf(JSON.parse(json)) };
  }

  /** A person would be told to type a command that begins with loopty's own agent. */
  async #projectWithRun(): Promise<Project> {
    const project = await this.project();
    if (project === null || (await project.runs()).length === 0) throw neverRun();
    return project;
  }

  async #printed(asked: Ask, json: boolean): Promise<string> {
    const world = capturedWorld(this.#world);
    await carryOut(world, asked, { ...this.#options, json });
    return world.stdout.text;
  }

  async counter(run: StoredRun): Promise<OpenCounter> {
    const project = await requireProject(this.#world, this.#options);
    const { config } = await readConfig(this.#world, this.#options);
    const origin = await originOf(project, this.#repositories, run.record.from);
    const { policy, isIgnored, root, writableFiles } = await divideWorkspace(config, origin);
    const { now, newUuid } = this.#world;
    return {
      run,
      code: await this.#repositories.code(project.codeFolder),
      policy,
      isIgnored,
      now,
      newUuid,
      workspaceFiles: () => readFiles(root, writableFiles),
    };
  }

  async start(work: JobWork): Promise<number> {
    const directory = projectDirectory(this.#world, this.#options);
    const { jobs } = await openProject(directory, this.#world);
    const number = await jobs.order(work);
    const { config } = this.#options;
    const where = config === undefined ? [] : ["--config", config];
    this.#world.startDetached([...where, "mcp", "--job", String(number)], jobs.folderOf(number));
    return number;
  }
}

const NEEDS_NO_RUN: ReadonlySet<Ask["command"]> = new Set(["runs", "stop", "init_check"]);

/** Commands that may be carried out twice. */
const LOOKS: ReadonlySet<Ask["command"]> = new Set([
  "runs",
  "tree",
  "show",
  "diff",
  "context",
  "init_check",
]);

/** `runs` prints a list. */
function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  return { runs: value };
}
