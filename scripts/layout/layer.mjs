// The layers of src/, from the top: a file imports its own layer and those below, nothing above and nothing beside.

/** Places directly below src/. Two in one line stand side by side. */
const LAYERS = [
  ["main.ts"],
  ["cli"],
  ["dashboard"],
  ["mcp"],
  ["canary"],
  ["loop"],
  ["measure"],
  ["sandbox"],
  ["store", "agent"],
  ["config"],
  ["core"],
];

/**
 * @param {readonly import("./source-file.mjs").SourceFile[]} files
 * @returns {string[]}
 */
export function upwardImports(files) {
  return files.flatMap(({ path, imports }) => {
    const place = placeOf(path);
    const depth = depthOf(place);
    if (depth < 0)
      return [`${path} is in no layer: move it into one, or name its place in ${HERE}`];
    return imports
      .filter((target) => placeOf(target) !== place && depthOf(placeOf(target)) <= depth)
      .map(
        (target) =>
          `${path} imports ${target}, and src/${place} may not import src/${placeOf(target)}: move down what both need, or hand it in`,
      );
  });
}

const HERE = "scripts/layout/layer.mjs";

/** @param {string} path */
function placeOf(path) {
  return path.split("/")[1] ?? "";
}

/** @param {string} place */
function depthOf(place) {
  return LAYERS.findIndex((layer) => layer.includes(place));
}
