// Whether src/ is laid out as docs/architecture.md says.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { circles } from "./circle.mjs";
import { fullFolders } from "./folder.mjs";
import { upwardImports } from "./layer.mjs";
import { lostFunctions, lostPaths, unmappedFiles } from "./map.mjs";
import { readSourceFiles } from "./source-file.mjs";
import { sharedTypeNames } from "./type-name.mjs";

const MAP = "docs/architecture.md";

/**
 * What is wrong, a line each: the file, what is wrong with it, what to do.
 *
 * @param {string} root of the project
 * @returns {string[]}
 */
export function layoutProblems(root) {
  const files = readSourceFiles(root);
  const map = { path: MAP, text: readFileSync(join(root, MAP), "utf8") };
  return [
    ...upwardImports(files),
    ...circles(files),
    ...unmappedFiles(files, map),
    ...lostPaths(map, (path) => existsSync(join(root, path))),
    ...lostFunctions(files, map),
    ...sharedTypeNames(files),
    ...fullFolders(files),
  ];
}
