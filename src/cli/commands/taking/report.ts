import { dirname, extname, join, relative, resolve } from "node:path";
import { messageOf, UserError } from "../../../core/error.ts";
import { type RunReport, reportOf } from "../../../dashboard/report/report.ts";
import { reportHtml } from "../../../dashboard/report/report-html.tsx";
import { reportMarkdown } from "../../../dashboard/report/report-markdown.ts";
import { pictureMarkup, reportSvg, type Theme } from "../../../dashboard/report/report-svg.tsx";
import { readPictureStyle, readReportStyle } from "../../../dashboard/report/stylesheet.ts";
import { reportTitle } from "../../../dashboard/report/title.ts";
import { writeWholeFile } from "../../../store/files/atomic-file.ts";
import { CodeRepository } from "../../../store/git/code-repository.ts";
import type { Project } from "../../../store/project.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import {
  lastRun,
  type ProjectOptions,
  parseRun,
  requireProject,
} from "../../project/stored-project.ts";
import { printBytes, printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";
import { commitOf } from "../looking/diff.ts";

export interface ReportOptions extends ProjectOptions {
  /** A run's number, which is the id of its baseline; the last run when left out. */
  readonly run?: string;
  /** Writes Markdown for a pull request, to stdout unless `output` names a file. */
  readonly markdown?: boolean;
  /** Writes the pictures alone: this name and `-light.svg`, `-dark.svg`. */
  readonly svg?: string;
  /** A file, or `-` for stdout; beside the run's records when left out. */
  readonly output?: string;
  readonly json?: boolean;
}

const STDOUT = "-";
const THEMES: readonly Theme[] = ["light", "dark"];

/** Shows a run to others: as one HTML file, as Markdown, or as pictures. */
export async function report(world: World, options: ReportOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const number = options.run === undefined ? await lastRun(project) : parseRun(options.run);
  const output = options.output ?? (options.markdown ? STDOUT : null);
  if (output === STDOUT && !options.markdown && world.stdout.isTty) {
    throw new UserError("a terminal shows no HTML", {
      hint: `name a file, or pipe it: loopty report ${number} -o report.html`,
    });
  }
  const made = await readReport(world, project, number);
  if (options.svg !== undefined) return writePictures(world, made, options.svg, options);
  const kind = options.markdown ? "markdown" : "html";
  const text = options.markdown ? reportMarkdown(made) : reportHtml(made, await readReportStyle());
  if (output === STDOUT) {
    if (options.json) printJson(world.stdout, { run: number, kind, content: text });
    else printBytes(world.stdout, Buffer.from(text));
    return EXIT.done;
  }
  const path = resolve(
    world.cwd,
    output ?? join(project.folder, "runs", String(number), "report.html"),
  );
  await writeText(path, text);
  if (options.json) printJson(world.stdout, { run: number, kind, path });
  else printLines(world.stdout, [`run ${number}: report in ${path}`]);
  return EXIT.done;
}

async function readReport(world: World, project: Project, run: number): Promise<RunReport> {
  const stored = await project.openRun(run);
  const isLast = run === (await project.runs()).at(-1);
  return reportOf({
    stored,
    live: isLast && (await project.isLocked()),
    patchOf: async (from, to) => {
      const code = await CodeRepository.open(project.codeFolder, world.env.PATH ?? "");
      return (await code.diff(commitOf(from), commitOf(to))).patch;
    },
  });
}

/** Writes the pictures in both themes, and shows what to put into a README. */
async function writePictures(
  world: World,
  made: RunReport,
  name: string,
  { json }: ReportOptions,
): Promise<ExitCode> {
  const stem = extname(name) === ".svg" ? name.slice(0, -".svg".length) : name;
  const style = await readPictureStyle();
  const paths = THEMES.map((theme) => resolve(world.cwd, `${stem}-${theme}.svg`));
  for (const [k, theme] of THEMES.entries()) {
    await writeText(paths[k] ?? "", reportSvg(made, theme, style));
  }
  const [light = "", dark = ""] = paths.map((path) => relative(world.cwd, path));
  const markup = pictureMarkup(light, dark, reportTitle(made));
  if (json) {
    printJson(world.stdout, { run: made.view.head.run, kind: "svg", light, dark, markup });
  } else printLines(world.stdout, [markup]);
  return EXIT.done;
}

async function writeText(path: string, text: string): Promise<void> {
  await writeWholeFile(path, text).catch((cause: unknown) => {
    throw new UserError(`cannot write ${path}: ${messageOf(cause)}`, {
      hint: `is there a folder ${dirname(path)}?`,
      cause,
    });
  });
}
