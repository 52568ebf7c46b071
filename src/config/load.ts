import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { checkPath } from "../core/access/path.ts";
import { compileAccess } from "../core/access/policy.ts";
import { messageOf, UserError } from "../core/error.ts";
import { configProblems } from "./problem.ts";
import { type Config, configSchema, type WrittenConfig } from "./schema/schema.ts";
import { readPlainFile } from "./workspace/plain-file.ts";
import { readYaml } from "./yaml-text.ts";

export const CONFIG_FILE = "loopty.yaml";

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the folder of loopty.yaml, in which `.loopty` lives. */
  readonly projectDirectory: string;
  /** Absolute path of the file that was read. */
  readonly file: string;
  /** The file as it was read. */
  readonly yaml: string;
}

interface Location {
  /** The folder where relative paths start. */
  readonly directory: string;
  /** A file other than `loopty.yaml`. */
  readonly file?: string;
}

const MAX_BYTES = 1024 ** 2;

/** Reads and checks loopty.yaml. Throws `UserError` that lists everything wrong with it. */
export async function loadConfig({
  directory,
  file = CONFIG_FILE,
}: Location): Promise<LoadedConfig> {
  const path = resolve(directory, file);
  const yaml = await readText(path, `cannot read ${path}`, {
    hint: "`loopty init` writes one; --config names another file",
  });
  const projectDirectory = dirname(path);
  const written = parseConfig(yaml, file);
  const config = await resolvePaths(written, projectDirectory);
  const obeyed = pathsIn(written).map((named) => resolve(projectDirectory, named));
  await mustBeProtected(config, [path, ...obeyed]);
  return { config, projectDirectory, file: path, yaml };
}

/** Parses the text of a loopty.yaml without looking at any other file. Errors call it `name`. */
export function parseConfig(yaml: string, name = CONFIG_FILE): WrittenConfig {
  const text = readYaml(yaml);
  if (text.kind === "broken") throw invalid(name, text.problems);
  const parsed = configSchema.safeParse(text.value);
  if (!parsed.success) {
    throw invalid(name, configProblems(parsed.error, text.document, text.lines));
  }
  return parsed.data;
}

async function resolvePaths(written: WrittenConfig, directory: string): Promise<Config> {
  const { base, ca } = written.sandbox;
  const { agent } = written;
  if (base.kind === "dockerfile") await mustBe("file", "sandbox.dockerfile", directory, base.path);
  if (ca !== null) await mustBe("file", "sandbox.ca", directory, ca);
  if (agent.kind === "replay" && agent.from.kind !== "run") {
    await mustBe("file", "agent.from", directory, agent.from.path);
  }
  await mustBe("folder", "workspace.path", directory, written.workspace.path);
  return {
    ...written,
    statement: await readStatement(written.statement, directory),
    workspace: {
      ...written.workspace,
      path: await realpath(resolve(directory, written.workspace.path)),
    },
    sandbox: {
      ...written.sandbox,
      base: base.kind === "dockerfile" ? { ...base, path: resolve(directory, base.path) } : base,
      ca: ca === null ? null : resolve(directory, ca),
    },
    machines: written.machines.map((machine) =>
      machine.kind !== "engine" || machine.certificates === null
        ? machine
        : { ...machine, certificates: resolve(directory, machine.certificates) },
    ),
    agent:
      agent.kind === "replay" && agent.from.kind !== "run"
        ? { ...agent, from: { ...agent.from, path: resolve(directory, agent.from.path) } }
        : agent,
  };
}

/** The files that a config names and loopty obeys, as they are written. */
function pathsIn({ sandbox: { base, ca }, agent, statement }: WrittenConfig): string[] {
  return [
    ...(base.kind === "dockerfile" ? [base.path] : []),
    ...(ca === null ? [] : [ca]),
    ...(agent.kind === "replay" && agent.from.kind !== "run" ? [agent.from.path] : []),
    ...(statement.kind === "file" ? [statement.path] : []),
  ];
}

/**
 * Refuses a config by which an agent could write what decides about the next run: what may be changed, what runs as
 * root while images are made, and what is hidden. Both the name and the target of a symlink of that name count.
 */
async function mustBeProtected(
  { access, workspace }: Config,
  files: readonly string[],
): Promise<void> {
  const policy = compileAccess(access);
  for (const file of files) {
    const named = join(await realpath(dirname(file)), basename(file));
    for (const each of [named, await realpath(named)]) {
      const path = relative(workspace.path, each).split(sep).join("/");
      if (checkPath(path) !== null || policy.accessOf(path) !== "writable") continue;
      throw new UserError(
        `access.writable takes in ${path}, which decides what loopty does: an agent could change it`,
        { hint: `protect it: access: { readable: [${JSON.stringify(path)}] }` },
      );
    }
  }
}

async function readStatement(
  statement: WrittenConfig["statement"],
  directory: string,
): Promise<string> {
  if (statement.kind === "text") return statement.text;
  const { path } = statement;
  const text = await readText(resolve(directory, path), `statement_file: cannot read ${path}`, {});
  if (text.trim() === "") throw new UserError(`statement_file: ${path} is empty`);
  return text;
}

async function mustBe(
  what: "file" | "folder",
  key: string,
  directory: string,
  path: string,
): Promise<void> {
  const found = await stat(resolve(directory, path)).catch((cause: unknown) => {
    throw new UserError(`${key}: cannot find ${path}`, { cause });
  });
  const right = what === "file" ? found.isFile() : found.isDirectory();
  if (!right) throw new UserError(`${key}: ${path} is not a ${what}`);
}

async function readText(
  path: string,
  failure: string,
  detail: { readonly hint?: string },
): Promise<string> {
  const bytes = await readPlainFile(path, MAX_BYTES).catch((cause: unknown) => {
    throw new UserError(`${failure}: ${messageOf(cause)}`, { ...detail, cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${path} is not UTF-8 text`, { cause });
  }
}

function invalid(name: string, problems: readonly string[]): UserError {
  const listed = problems.map((problem) => `  ${problem}`).join("\n");
  const many = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new UserError(`${name} has ${many}:\n${listed}`, {
    hint: "docs/config.md describes every key",
  });
}
