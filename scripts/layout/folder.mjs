// The folders of src/: none is so full that it holds more than one idea.

import { posix } from "node:path";

const MOST_FILES = 22;
/** A component of the page is a file, and the page is one idea. */
const MAY_BE_FULL = "src/dashboard/page";

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
