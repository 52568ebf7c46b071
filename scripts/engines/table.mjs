// The table of engines by suites.

/**
 * @param {readonly {name: string, says: string}[]} suites
 * @param {readonly {engine: string, cells: readonly string[]}[]} rows
 */
export function tableOf(suites, rows) {
  const lines = [
    ["engine", ...suites.map(({ name }) => name)],
    ...rows.map(({ engine, cells }) => [engine, ...cells]),
  ];
  const widths = (lines[0] ?? []).map((_, at) =>
    Math.max(...lines.map((line) => (line[at] ?? "").length)),
  );
  const text = lines.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n\n${suites.map(({ name, says }) => `${name}: ${says}\n`).join("")}`;
}
