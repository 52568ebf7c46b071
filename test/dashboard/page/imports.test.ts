import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const SRC = resolve("src");
// Types are gone before anything runs.
const IMPORT = /^(?:import|export) (?!type )(?:[^"]*? from )?"([^"]+)";/gms;

/** What the browser gets: all files and packages that are reached from the page without counting types. */
function reached(start: string): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const name = relative(SRC, file);
    if (found.has(name)) continue;
    found.add(name);
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(IMPORT)) {
      if (target.startsWith(".")) waiting.push(join(dirname(file), target));
      else found.add(target);
    }
  }
  return found;
}

it("brings only pure code of the core to the browser, and few packages", () => {
  const names = [...reached(join(SRC, "dashboard/page/main.tsx"))];
  const own = names.filter((name) => /\.tsx?$/.test(name) && !name.startsWith("dashboard/"));
  expect(own.sort()).toEqual([
    "core/events/step.ts",
    "core/metrics/gain-text.ts",
    "core/metrics/gain.ts",
    "core/metrics/metric-named.ts",
    "core/metrics/time-unit.ts",
    "core/own-value.ts",
    "core/statistics/statistics.ts",
    "core/text/json.ts",
    "core/text/number.ts",
    "core/text/printable.ts",
    "core/text/time-left.ts",
    "core/tree/log-gains.ts",
    "core/views/gain-range.ts",
    "core/views/machine.ts",
    "core/views/parameter-effects.ts",
  ]);
  const packages = names.filter((name) => !/\.tsx?$/.test(name));
  expect(packages.sort()).toEqual(["d3-hierarchy", "preact", "preact/hooks", "uplot"]);
  const served = names.filter((name) => /^dashboard\/[^/]+$/.test(name));
  expect(served, "nothing of the server").toEqual([]);
});

it("brings no browser to the pictures, from which the report is made", () => {
  const pictures = ["tree-picture.tsx", "staircase-picture.tsx", "pair-picture.tsx"];
  const names = pictures.flatMap((name) => [...reached(join(SRC, "dashboard/picture", name))]);
  expect(names.filter((name) => name.startsWith("dashboard/page/"))).toEqual([]);
  expect(names).not.toContain("preact/hooks");
});
