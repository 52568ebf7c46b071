import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const HERE = import.meta.dirname;

/** `37, 41 to 43` as four numbers. */
function numbersIn(cell: string): number[] {
  return [...cell.matchAll(/(\d+)(?: to (\d+))?/g)].flatMap(([, first, last = first]) => {
    const from = Number(first);
    return Array.from({ length: Number(last) - from + 1 }, (_, i) => from + i);
  });
}

describe("docs/security.md", () => {
  it("names, for every threat, attacks that there are", () => {
    const written = readdirSync(HERE, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .flatMap((name) => [...readFileSync(join(HERE, name), "utf8").matchAll(/\bcase: "(\d+)"/g)])
      .map(([, number]) => Number(number));
    const page = readFileSync(join(HERE, "../../docs/security.md"), "utf8");
    const rows = page.split("\n").filter((line) => line.startsWith("| **"));
    const named = rows.map((row) => numbersIn(row.split("|").at(-2) ?? ""));
    expect(named.filter((numbers) => numbers.length === 0)).toEqual([]);
    expect(named.flat().filter((number) => !written.includes(number))).toEqual([]);
    expect(rows.length).toBeGreaterThan(8);
  });
});
