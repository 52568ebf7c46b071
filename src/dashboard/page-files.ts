import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { UserError } from "../core/error.ts";

interface PageFile {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The files of the built page by the path of their request. `/` is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** `npm run build` puts the page here, beside the compiled program. */
export const PAGE_FOLDER = new URL("./page/", import.meta.url);

/** Reads the whole page once. Later requests are looked up by name, and no path ever reaches the disk. */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(join(folder, "/").length).replaceAll("\\", "/");
      const content = Uint8Array.from(await readFile(path));
      files.set(name === "index.html" ? "/" : `/${name}`, { content, type });
    }
  } catch (cause) {
    throw new UserError(`the page is not built: ${folder} cannot be read`, {
      hint: "npm run build makes it; an installed loopty has it",
      cause,
    });
  }
  if (files.has("/")) return files;
  throw new UserError(`the page is not built: ${folder} has no index.html`, {
    hint: "npm run build makes it; an installed loopty has it",
  });
}
