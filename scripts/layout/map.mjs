// The map of the project, docs/architecture.md: every folder of src/ is on it, and all that it names is there.

import { posix } from "node:path";

/**
 * @param {readonly import("./source-file.mjs").SourceFile[]} files
 * @param {{ path: string; text: string }} map
 * @returns {string[]}
 */
export function unmappedFiles(files, map) {
  const named = new Set(pathsIn(map.text));
  return files
    .filter(({ path }) => path !== "src/main.ts" && !named.has(posix.dirname(path)))
    .map(
      ({ path }) =>
        `${path} is in a folder that ${map.path} does not name: add \`${posix.dirname(path)}/\` and what it is for, or move the file`,
    );
}

/**
 * @param {{ path: string; text: string }} map
 * @param {(path: string) => boolean} exists
 * @returns {string[]}
 */
export function lostPaths(map, exists) {
  return pathsIn(map.text)
    .filter((path) => !exists(path))
    .map((path) => `${map.path} names ${path}, which does not exist: write where it is now`);
}

/**
 * @param {readonly import("./source-file.mjs").SourceFile[]} files
 * @param {{ path: string; text: string }} map
 * @returns {string[]}
 */
export function lostFunctions(files, map) {
  const names = [...map.text.matchAll(/`(\w+)\(\)`/g)].map(([, name = ""]) => name);
  return [...new Set(names)]
    .filter((name) => !files.some(({ functionNames }) => functionNames.includes(name)))
    .map(
      (name) =>
        `${map.path} names ${name}(), which no file of src/ has: write what it is called now`,
    );
}

/**
 * The paths of this repository that a page has in backticks, without a slash at the end.
 *
 * @param {string} text
 */
function pathsIn(text) {
  const found = text.matchAll(/`((?:src|test|scripts|bench|docs)\/[^`*\s]*?)\/?`/g);
  return [...new Set([...found].map(([, path = ""]) => path))];
}
