import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../../core/error.ts";
import { CONFIG_FILE } from "../load.ts";
import { DOCKERFILE } from "./kinds/dockerfile.ts";
import { type ProjectKind, recogniseProject } from "./project-kind.ts";

export interface WrittenTemplate {
  /** The path of loopty.yaml. */
  readonly file: string;
  /** The path of the Dockerfile that was written beside it. */
  readonly dockerfile: string | null;
  readonly project: ProjectKind;
}

/** Writes loopty.yaml for the project in a folder, and the Dockerfile that it needs. Never overwrites. Throws `UserError`. */
export async function writeTemplate(directory: string): Promise<WrittenTemplate> {
  const file = join(directory, CONFIG_FILE);
  const project = await recogniseProject(directory);
  const text = templateFor(project);
  await writeNew(file, text);
  if (project.dockerfile.kind !== "unwritten") return { file, dockerfile: null, project };
  const dockerfile = join(directory, DOCKERFILE);
  await writeNew(dockerfile, project.dockerfile.text);
  return { file, dockerfile, project };
}

async function writeNew(file: string, text: string): Promise<void> {
  // "wx" fails when the file is there, whoever made it and when.
  await writeFile(file, text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST") {
      throw new UserError(`${file} is already there`, {
        hint: "loopty init never overwrites; edit it, or move it away first",
        cause,
      });
    }
    throw new UserError(`cannot write ${file}: ${messageOf(cause)}`, { cause });
  });
}

/** A commented loopty.yaml that validates. */
export function templateFor(project: ProjectKind): string {
  const { name, recognisedBy, build, verify, writable } = project;
  return `# loopty.yaml: what loopty optimizes and how. Every key: docs/config.md of loopty.
# Written by \`loopty init\` from ${recognisedBy}. Check the lines marked CHECK, then: loopty doctor, loopty run

name: ${quoted(name)} # images are loopty/${name}:<id>

# CHECK: what shall become better, what must stay as it is. The agent reads this before every experiment.
statement: |
  Make the code faster. Its results must stay exactly the same.

# Git-ignored files stay out of the sandbox unless they are included.
workspace: { path: ., include: [], exclude: [] }

# CHECK: what the agent may change (files, folders with a trailing /, globs), and what it must not see, such as expected
# results. Everything else it may read.
access:
  writable:${listText(writable.length > 0 ? writable : ["src/"])}
  hidden: []

${sandboxText(project)}
# Run in /workspace, each in fresh containers without network.
commands:
${commandLine("build", build, "make")}
${commandLine("verify", verify, "make test")}
${benchmarkText(project)}

# claude needs ANTHROPIC_API_KEY. Without a key: kind tuner searches declared parameters, kind replay repeats recorded edits.
agent: { kind: claude }

# What a run may spend in all, and how fast.
budget: { tokens: 2_000_000, experiments: 50 }
rate_limit: { experiments: 30/h, requests: 50/m }
`;
}

/** On one line, as far as a line is read at a glance. */
function listText(paths: readonly string[]): string {
  const texts = paths.map(quoted);
  const line = `[${texts.join(", ")}]`;
  return line.length <= LONGEST_LINE ? ` ${line}` : texts.map((text) => `\n    - ${text}`).join("");
}

const LONGEST_LINE = 100;
const CSV_ROWS = `CSV rows to the file $LOOPTY_METRICS: an iteration number, then the metrics.
  # The header names them, with "lower is better" where lower is better; left beats right. Measure at least 0.3 s of work per run.`;

function benchmarkText({ benchmark, format, benchmarkFrom }: ProjectKind): string {
  const metrics =
    format === "csv"
      ? "metrics: { file: metrics.csv }"
      : format === "lines"
        ? 'metrics: { file: "-", format: lines }'
        : `metrics: { file: metrics.out, format: ${format} } # loopty metrics FILE shows what is read`;
  switch (benchmarkFrom) {
    case "project": {
      const note = format === "csv" ? `  # CHECK: it must append ${CSV_ROWS}\n` : "";
      return `${note}  benchmark: ${quoted(benchmark ?? "")}\n\n${metrics}`;
    }
    case "tests":
      return `  # CHECK: no benchmark was found, so this times the tests. Better is one of what shall become faster.\n  benchmark: ${quoted(benchmark ?? "")}\n\n${metrics}`;
    case "nowhere":
      return `  # CHECK: no benchmark was found. Name a command that appends ${CSV_ROWS}\n  benchmark: ${quoted(benchmark ?? NO_BENCHMARK)}\n\n${metrics}`;
  }
}

/** Fails at once, with what to do: nothing is invented. */
const NO_BENCHMARK = "echo 'commands.benchmark is still to be written' >&2; exit 1";

function sandboxText(project: ProjectKind): string {
  const { setup } = project;
  const setupLine =
    setup === null
      ? "  # setup: npm ci # once, as root, with network, before any agent code exists"
      : `  setup: ${quoted(setup)} # once, as root, with network, before any agent code exists`;
  return `sandbox:\n${imageText(project)}\n${setupLine}\n  memory: 2g\n`;
}

function imageText({ image, dockerfile }: ProjectKind): string {
  if (dockerfile.kind !== "none") return `  dockerfile: ${DOCKERFILE}`;
  return image === null
    ? "  # image: debian:12 # without it: Debian with C, C++, Python and Node"
    : `  image: ${quoted(image)}`;
}

function commandLine(key: string, command: string | null, example: string): string {
  return command === null ? `  # ${key}: ${example}` : `  ${key}: ${quoted(command)}`;
}

// A JSON string is a YAML string (YAML 1.2, 1.3 "Relation to JSON").
function quoted(text: string): string {
  return /^[a-z][\w./ -]*$/i.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
