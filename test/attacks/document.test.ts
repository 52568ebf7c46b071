import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { threatsIn } from "../../scripts/attack-list.mjs";

const HERE = import.meta.dirname;

describe("docs/security.md", () => {
  const written = readdirSync(HERE, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .flatMap((name) => [...readFileSync(join(HERE, name), "utf8").matchAll(/\bcase: "(\d+)"/g)])
    .map(([, number]) => Number(number));
  const threats = threatsIn(readFileSync(join(HERE, "../../docs/security.md"), "utf8"));
  const named = threats.flatMap(({ attacks }) => attacks);

  it("names, for every threat, attacks that there are", () => {
    expect(threats.filter(({ attacks }) => attacks.length === 0)).toEqual([]);
    expect(named.filter((number) => !written.includes(number))).toEqual([]);
    expect(threats.length).toBeGreaterThan(8);
  });

  it("has every attack that there is in the row of a threat", () => {
    expect(written.filter((number) => !named.includes(number))).toEqual([]);
    expect(written.length).toBeGreaterThan(100);
  });
});
