// The folders of src/: each is on the map, and none is so full that it holds more than one idea.

import { posix } from "node:path";

const MOST_FILES = 22;
/** A component of the page is a file, and the page is one idea. */
const MAY_BE_FULL = "src/dashboard/page";

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
 * @returns {string[]}
 */
export function fullFolders(files) {
  const folders = files.map(({ path }) => posix.dirname(path));
  return [...new Set(folders)].flatMap((folder) => {
    const count = folders.filter((other) => other === folder).length;
    if (count <= MOST_FILES || folder === MAY_BE_FULL) return [];
    return `${folder} holds ${count} files, more than ${MOST_FILES}: give those of one idea a folder of their own`;
  });
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
