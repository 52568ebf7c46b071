import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { printableBlock } from "../../../core/text/printable.ts";
import { PAGE_FOLDER, readPageFiles } from "../../../dashboard/page-files.ts";
import { type Dashboard, serveDashboard } from "../../../dashboard/server.ts";
import { findProject, openProject, type Project } from "../../../store/project.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { readConfig } from "../../project/read-config.ts";
import { type ProjectOptions, projectDirectory } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface ServeOptions extends ProjectOptions {
  readonly port?: number;
  /** Whether the browser is started too. */
  readonly open?: boolean;
  readonly json?: boolean;
}

/** Shows all runs of the project in a browser, until it is asked to stop. */
export async function serve(world: World, options: ServeOptions): Promise<ExitCode> {
  const project = await projectToServe(world, options);
  await using dashboard = await openDashboard(world, project, options.port ?? null);
  const { url } = dashboard;
  if (options.json) printJson(world.stdout, { url });
  else printLines(world.stdout, [url]);
  if (options.open) world.openInBrowser(url);
  world.stderr.write("watching; Ctrl-C ends it\n");
  if (!world.signal.aborted) await once(world.signal, "abort");
  return EXIT.done;
}

/** Before the first run there is a page already, which shows that run as soon as it begins. */
async function projectToServe(world: World, options: ServeOptions): Promise<Project> {
  const found = await findProject(projectDirectory(world, options), world);
  if (found !== null) return found;
  const { projectDirectory: directory } = await readConfig(world, options);
  return openProject(directory, world);
}

/** The page beside whatever else this process does. */
export async function openDashboard(
  world: World,
  project: Project,
  port: number | null = null,
): Promise<Dashboard> {
  return serveDashboard({
    project,
    page: await readPageFiles(fileURLToPath(PAGE_FOLDER)),
    port,
    tellBug: (error) => world.stderr.write(`the page: ${printableBlock(inspect(error))}\n`),
  });
}
