// Circles of imports. An import of a type alone counts: two files that need each other are one idea, or miss a third.

/**
 * One message a circle, with its files in the order of import. Of circles that share files some may show only when another is gone.
 *
 * @param {readonly import("./source-file.mjs").SourceFile[]} files
 * @returns {string[]}
 */
export function circles(files) {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]));
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const trail = [];
  /** @type {string[]} */
  const problems = [];

  /** @param {string} path */
  const follow = (path) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const circle = [...trail.slice(start), path].join(" -> ");
      problems.push(
        `${path} imports itself by way of others (${circle}): move what both ends need into a file below them`,
      );
    }
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of importsOf.get(path) ?? []) follow(target);
    trail.pop();
    done.add(path);
  };
  for (const { path } of files) follow(path);
  return problems;
}
