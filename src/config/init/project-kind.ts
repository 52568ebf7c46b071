import { basename } from "node:path";
import type { MetricsFormat } from "../../core/metrics/formats/names.ts";
import { autotools, cmake, make, meson } from "./kinds/c.ts";
import { cargo } from "./kinds/cargo.ts";
import { DOCKERFILE } from "./kinds/dockerfile.ts";
import { dotnet } from "./kinds/dotnet.ts";
import { go } from "./kinds/go.ts";
import { gradle, maven } from "./kinds/jvm.ts";
import { node } from "./kinds/node.ts";
import { python } from "./kinds/python.ts";
import { type ProjectFiles, projectFiles, type Recognised } from "./kinds/recognised.ts";
import { zig } from "./kinds/zig.ts";

/** What could be found out about a project by looking at its files; a guess to start from. */
export interface ProjectKind
  extends Omit<Recognised, "benchmark" | "dockerfile" | "name" | "writable"> {
  readonly name: string;
  readonly writable: readonly string[];
  /** there: the project has a loopty.Dockerfile. unwritten: its text is known. none: an image has the tool chain. */
  readonly dockerfile:
    | { readonly kind: "there" | "none" }
    | { readonly kind: "unwritten"; readonly text: string };
  readonly benchmark: string | null;
  readonly format: MetricsFormat;
  /** Where the benchmark is from. `tests`: there is none, so the run of the tests is timed. */
  readonly benchmarkFrom: "project" | "tests" | "nowhere";
}

// A build system's own file says more than a Makefile, which often only wraps it.
const KINDS = [cargo, go, maven, gradle, node, python, zig, cmake, meson, autotools, dotnet, make];
const UNKNOWN: Recognised = {
  recognisedBy: "nothing known: fill in the commands",
  image: null,
  setup: null,
  build: null,
  verify: null,
  benchmark: null,
};
const SOURCE = /\.(?:c|cc|cpp|h|hpp|rs|go|js|mjs|ts|py|zig|cs)$/;
const NO_SOURCE =
  /(?:^|[._/-])(?:[a-z0-9]*tests?|spec|bench(?:mark)?s?|examples?|setup|conftest)(?:[._/-]|$)/i;
/** A longer list would hide the rest of the file. */
const MOST_FILES = 200;

/** Looks at names and at what build systems read, and runs nothing. */
export async function recogniseProject(directory: string): Promise<ProjectKind> {
  const files = await projectFiles(directory);
  const found = await recognise(files);
  return {
    ...found,
    dockerfile: dockerfileOf(files, found),
    name: imageName(found.name ?? "") || imageName(basename(directory)) || "project",
    writable: found.writable ?? writableGuess(files),
    ...benchmarkOf(found),
  };
}

async function recognise(files: ProjectFiles): Promise<Recognised> {
  for (const kind of KINDS) {
    const found = await kind(files);
    if (found !== null) return found;
  }
  return UNKNOWN;
}

function dockerfileOf(
  { names }: ProjectFiles,
  { dockerfile }: Recognised,
): ProjectKind["dockerfile"] {
  if (names.includes(DOCKERFILE)) return { kind: "there" };
  return dockerfile === undefined ? { kind: "none" } : { kind: "unwritten", text: dockerfile };
}

/** Never a file that is not there: where the project has no benchmark, the time of its tests is one that is honest. */
function benchmarkOf({
  benchmark,
  verify,
}: Recognised): Pick<ProjectKind, "benchmark" | "format" | "benchmarkFrom"> {
  if (benchmark !== null) {
    return { benchmark: benchmark.command, format: benchmark.format, benchmarkFrom: "project" };
  }
  if (verify === null) return { benchmark: null, format: "csv", benchmarkFrom: "nowhere" };
  const now = "$(date +%s%N)";
  const command = `start=${now}; (${verify}) >&2 || exit 1; echo "METRIC tests_ms (lower is better)=$(( (${now} - start) / 1000000 ))"`;
  return { benchmark: command, format: "lines", benchmarkFrom: "tests" };
}

/** A name as the schema wants it, from any text; empty when nothing is left. */
function imageName(text: string): string {
  return text
    .toLowerCase()
    .replace(/^@[^/]*\//, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
}

/** The usual folder, or the sources at the top that are neither tests nor benchmarks; only what is there. */
function writableGuess({ names, paths }: ProjectFiles): readonly string[] {
  const folder = ["src", "lib", "source"].find(
    (name) => names.includes(name) && paths.some((path) => path.startsWith(`${name}/`)),
  );
  if (folder !== undefined) return [`${folder}/`];
  const sources = paths.filter((path) => SOURCE.test(path) && !NO_SOURCE.test(path));
  const top = sources.filter((path) => !path.includes("/"));
  return (top.length > 0 ? top : sources).slice(0, MOST_FILES);
}
