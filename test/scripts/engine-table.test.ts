import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../scripts/engines/suite.mjs";
import { tableOf } from "../../scripts/engines/table.mjs";

describe("the table of engines", () => {
  it("has a row an engine, a column a suite, and says what each suite is", () => {
    const suites = [
      { name: "demo", says: "the demo" },
      { name: "attack", says: "npm run attack" },
    ];
    const rows = [
      { engine: "docker-20.10", cells: ["ok: 3 passed", "ok"] },
      { engine: "podman", cells: ["FAILED: 1 failed, 2 passed", "ok"] },
    ];
    expect(tableOf(suites, rows)).toBe(
      [
        "engine        demo                        attack",
        "docker-20.10  ok: 3 passed                ok",
        "podman        FAILED: 1 failed, 2 passed  ok",
        "",
        "demo: the demo",
        "attack: npm run attack",
        "",
      ].join("\n"),
    );
  });

  it.each([
    ["      Tests  1 failed | 2 passed (3)\n", false, "FAILED: 1 failed, 2 passed"],
    ["      Tests  3 passed (3)\n", true, "ok: 3 passed"],
    ["…\n98 attacks, 0 escapes, 300 s\n", true, "ok: 98 attacks, 0 escapes, 300 s"],
    ["Error: no engine answers\n", false, "FAILED"],
  ])("reads %j, which ended well: %s, as %s", (text, passed, cell) => {
    expect(outcomeOf(text, passed)).toBe(cell);
  });
});
