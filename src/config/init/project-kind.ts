import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../../core/error.ts";
import { parseJson } from "../../core/text/json.ts";

/** What a look at a project's files found out. It is a guess to start from. */
export interface ProjectKind {
  /** The file that gave it away, for the comment in loopty.yaml. */
  readonly recognisedBy: string;
  readonly name: string;
  readonly image: string | null;
  readonly setup: string | null;
  readonly build: string | null;
  readonly verify: string | null;
  /** `null` where nothing was found and the user must say. */
  readonly benchmark: string | null;
  readonly writable: string;
}

/** The project's files that say how it is built. Those that do not exist are empty. */
interface ProjectFiles {
  readonly names: readonly string[];
  read(name: string): Promise<string>;
}

type Recognised = Omit<ProjectKind, "name" | "writable"> & { readonly name?: string };

/** Looks at one folder, not below it, and runs nothing. */
export async function recogniseProject(directory: string): Promise<ProjectKind> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new UserError(`cannot read ${directory}: ${messageOf(cause)}`, { cause });
  });
  const files: ProjectFiles = {
    names,
    read: (name) => readFile(join(directory, name), "utf8").catch(() => ""),
  };
  const recognised = await recognise(files);
  return {
    ...recognised,
    name: imageName(recognised.name ?? "") || imageName(basename(directory)) || "project",
    writable: writableGuess(names),
  };
}

// A build system's own file says more than a Makefile, which often only wraps it.
async function recognise(files: ProjectFiles): Promise<Recognised> {
  const { names } = files;
  if (names.includes("Cargo.toml")) return cargo(await files.read("Cargo.toml"));
  if (names.includes("CMakeLists.txt")) return cmake();
  if (names.includes("package.json")) return node(files);
  if (names.includes("pyproject.toml")) return python(await files.read("pyproject.toml"));
  const makefile = ["GNUmakefile", "makefile", "Makefile"].find((name) => names.includes(name));
  if (makefile !== undefined) return make(makefile, await files.read(makefile));
  const recognisedBy = "nothing known: fill in the commands";
  return { recognisedBy, image: null, setup: null, build: null, verify: null, benchmark: null };
}

function make(recognisedBy: string, text: string): Recognised {
  const target = (...names: string[]) => {
    const found = names.find((name) => new RegExp(`^${name}\\s*:(?!=)`, "m").test(text));
    return found === undefined ? null : `make ${found}`;
  };
  return {
    recognisedBy,
    image: null,
    setup: null,
    build: "make",
    verify: target("test", "check", "verify"),
    benchmark: target("bench", "benchmark"),
  };
}

function cmake(): Recognised {
  return {
    recognisedBy: "CMakeLists.txt",
    image: null,
    setup: "apt-get update && apt-get install -y --no-install-recommends cmake",
    build: "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build",
    verify: "ctest --test-dir build --output-on-failure",
    benchmark: null,
  };
}

function cargo(text: string): Recognised {
  const name = tomlName(text);
  return {
    recognisedBy: "Cargo.toml",
    ...(name === undefined ? {} : { name }),
    image: "rust:1-slim",
    // Only setup has a network.
    setup: "cargo fetch",
    build: "cargo build --release --offline",
    verify: "cargo test --release --offline",
    benchmark: null,
  };
}

function python(text: string): Recognised {
  const name = tomlName(text);
  const usesPytest = /\bpytest\b/.test(text);
  return {
    recognisedBy: "pyproject.toml",
    ...(name === undefined ? {} : { name }),
    image: "python:3-slim",
    // An installed copy that is not editable would hide what the agent changes.
    setup: `pip install -e .${usesPytest ? " pytest" : ""}`,
    build: null,
    verify: usesPytest ? "python -m pytest" : "python -m unittest discover",
    benchmark: null,
  };
}

const packageSchema = z.object({
  name: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.string()).catch({}),
  dependencies: z.record(z.string(), z.unknown()).catch({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}),
});

async function node(files: ProjectFiles): Promise<Recognised> {
  const parsed = packageSchema.safeParse(parseJson(await files.read("package.json")));
  const { name, scripts, dependencies, devDependencies } = parsed.success
    ? parsed.data
    : packageSchema.parse({});
  const script = (...wanted: string[]) => {
    const found = wanted.find((each) => Object.hasOwn(scripts, each));
    return found === undefined ? null : `npm run ${found}`;
  };
  const needs = Object.keys({ ...dependencies, ...devDependencies }).length > 0;
  const install = files.names.includes("package-lock.json") ? "npm ci" : "npm install";
  return {
    recognisedBy: "package.json",
    ...(name === undefined ? {} : { name }),
    // The image of loopty has node but no npm.
    image: "node:lts-slim",
    setup: needs ? install : null,
    build: script("build"),
    verify: script("test"),
    benchmark: script("bench", "benchmark"),
  };
}

function tomlName(text: string): string | undefined {
  return /^name\s*=\s*["']([^"']+)["']/m.exec(text)?.[1];
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

function writableGuess(names: readonly string[]): string {
  const folder = ["src", "lib"].find((name) => names.includes(name));
  if (folder !== undefined) return `${folder}/`;
  const file = names.toSorted().find((name) => /\.(c|cc|cpp|rs|go|js|mjs|ts|py)$/.test(name));
  return file ?? "src/";
}
