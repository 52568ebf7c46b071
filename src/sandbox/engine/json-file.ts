import { readFileSync } from "node:fs";

/** What a file of the docker command's configuration holds; `undefined` where it cannot be read. */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
