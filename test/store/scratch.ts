import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder for the running test alone, removed after it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loopty-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const SEARCH_PATH = process.env.PATH ?? "";
