import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../../../core/error.ts";
import type { MetricsFormat } from "../../../core/metrics/formats/names.ts";

/** What the files of a build system say about a project; a guess to start from. Nothing in it was run. */
export interface Recognised {
  /** What it was told by, for people: `Cargo.toml, benches with Criterion`. */
  readonly recognisedBy: string;
  /** The project's own name for itself. */
  readonly name?: string;
  /** `null`: the image that comes with loopty has what is needed, or `dockerfile` does. */
  readonly image: string | null;
  /** A Dockerfile's text, where no image has the tool chain. */
  readonly dockerfile?: string;
  readonly setup: string | null;
  readonly build: string | null;
  readonly verify: string | null;
  /** One that the project has; `null` where none was found. */
  readonly benchmark: FoundBenchmark | null;
  /** Where the code is, better than the usual folders say. */
  readonly writable?: readonly string[];
}

interface FoundBenchmark {
  readonly command: string;
  readonly format: MetricsFormat;
}

/** The project's files near its top; what is not there reads as empty. */
export interface ProjectFiles {
  /** Of its own folder. */
  readonly names: readonly string[];
  /** Files at most three folders deep, in order. */
  readonly paths: readonly string[];
  read(path: string): Promise<string>;
}

const DEEPEST = 3;
const MOST_PATHS = 5000;
const NOT_OURS = /^(?:node_modules|target|build|dist|vendor|third_party|\..*)$/;

/** Looks at names alone, of at most 5000 files. Throws `UserError` where the folder cannot be read. */
export async function projectFiles(directory: string): Promise<ProjectFiles> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new UserError(`cannot read ${directory}: ${messageOf(cause)}`, { cause });
  });
  const paths: string[] = [];
  const add = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(join(directory, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (paths.length >= MOST_PATHS) return;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) paths.push(path);
      else if (entry.isDirectory() && depth < DEEPEST && !NOT_OURS.test(entry.name)) {
        await add(path, depth + 1);
      }
    }
  };
  await add("", 0);
  return {
    names,
    paths,
    read: (path) => readFile(join(directory, path), "utf8").catch(() => ""),
  };
}

/** A folder of the project with such files in it. */
export function hasBelow({ paths }: ProjectFiles, folder: string, pattern: RegExp): boolean {
  return paths.some((path) => path.startsWith(`${folder}/`) && pattern.test(path));
}

export function tomlName(text: string): string | undefined {
  return /^name\s*=\s*["']([^"']+)["']/m.exec(text)?.[1];
}
