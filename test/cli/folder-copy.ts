import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Entry {
  readonly path: string;
  readonly mode: number;
  /** `null` for a folder. */
  readonly content: Buffer | null;
}

/** The plain files and folders of a folder, in memory. */
export class FolderCopy {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  static of(folder: string): FolderCopy {
    // A folder comes before what it holds.
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
    const entries = paths.map((path) => {
      const full = join(folder, path);
      const stats = statSync(full);
      return { path, mode: stats.mode, content: stats.isFile() ? readFileSync(full) : null };
    });
    return new FolderCopy(entries);
  }

  /** The folder may not be there yet. */
  writeTo(folder: string): void {
    mkdirSync(folder);
    for (const { path, mode, content } of this.#entries) {
      const full = join(folder, path);
      if (content === null) mkdirSync(full);
      else writeFileSync(full, content);
      chmodSync(full, mode & 0o7777);
    }
  }
}
