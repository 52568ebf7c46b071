// A type's name means one thing in the whole tree.

/**
 * @param {readonly import("./source-file.mjs").SourceFile[]} files
 * @returns {string[]}
 */
export function sharedTypeNames(files) {
  const names = new Set(files.flatMap(({ typeNames }) => typeNames));
  return [...names].flatMap((name) => {
    const places = files.filter(({ typeNames }) => typeNames.includes(name));
    if (places.length === 1) return [];
    return `${places.map(({ path }) => path).join(" and ")} each export a type ${name}: rename one, or declare it once and import it`;
  });
}
