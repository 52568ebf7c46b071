import type { Config } from "../../../config/schema/schema.ts";
import { DEFAULT_FILE_BYTES } from "../../../core/prompt/parent-files.ts";
import type { ContextText } from "../../../core/prompt/prompt.ts";
import { formatCount } from "../../../core/text/number.ts";
import { type NodeId, nextChildId } from "../../../core/tree/id.ts";
import { contextFor, type PromptSource } from "../../../loop/agents/context.ts";
import { originOf } from "../../../loop/origin/origin.ts";
import {
  type DividedWorkspace,
  divideWorkspace,
  readFiles,
} from "../../../loop/origin/workspace.ts";
import { gitRepositories } from "../../../store/git/repositories.ts";
import type { Project } from "../../../store/project.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { readConfig } from "../../project/read-config.ts";
import { findNode, type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface ContextOptions extends ProjectOptions {
  readonly id: string;
  readonly json?: boolean;
}

/** Prints what the agent of the next child of a node would read, by loopty.yaml as it stands. */
export async function context(world: World, options: ContextOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const { run, node } = await findNode(project, options.id);
  const { config } = await readConfig(world, options);
  const id = nextChildId(node.id, run.nodes);
  const source = await promptSourceOf(world, config, project, run.record.from);
  const text = await contextFor(source, run, node, id);
  if (options.json) printJson(world.stdout, { id, ...text });
  else printLines(world.stdout, contextLines(text));
  return EXIT.done;
}

/** Takes loopty.yaml and the workspace as they stand. `from` is the node that the run starts from. */
export async function promptSourceOf(
  { env }: Pick<World, "env">,
  config: Config,
  project: Project,
  from: NodeId | null,
): Promise<PromptSource & Pick<DividedWorkspace, "warnings">> {
  const repositories = gitRepositories(env.PATH ?? "");
  const origin = await originOf(project, repositories, from);
  const workspace = await divideWorkspace(config, origin);
  const { policy, files, warnings } = workspace;
  const small = workspace.writableFiles.filter(({ sizeBytes }) => sizeBytes <= DEFAULT_FILE_BYTES);
  return {
    problem: { config, policy, files },
    project,
    warnings,
    // A baseline that is not there yet would have the files of the workspace.
    filesOf: async ({ commit }) =>
      commit === null
        ? readFiles(workspace.root, small)
        : (await repositories.code(project.codeFolder)).readFiles(commit),
  };
}

/** The three texts in the order in which a model reads them. */
export function contextLines({ system, shared, task }: ContextText): string[] {
  const bytes = Buffer.byteLength(system + shared + task);
  return [system, "", shared, "", task, "", `(${formatCount(bytes)} bytes)`];
}
