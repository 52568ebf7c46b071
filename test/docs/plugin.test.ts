import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const versioned = z.object({ name: z.literal("loopty"), version: z.string() });
const { version } = z.object({ version: z.string() }).parse(JSON.parse(read("package.json")));

describe("the plugin", () => {
  it.each([".claude-plugin/plugin.json", ".codex-plugin/plugin.json"])(
    "%s has the program's version",
    (path) => {
      expect(versioned.parse(JSON.parse(read(path))).version).toBe(version);
    },
  );

  it("has a skill with a name, a description that agents take, and references that are there", () => {
    const skill = read("skills/loopty/SKILL.md");
    const [, description = ""] = /^---\nname: loopty\ndescription: (.*)\n---\n/.exec(skill) ?? [];
    expect(description.length).toBeGreaterThan(100);
    expect(description.length).toBeLessThanOrEqual(1024);
    const links = [...skill.matchAll(/\]\(([^)]+)\)/g)].map(([, path = ""]) => path);
    expect(links.length).toBeGreaterThan(1);
    for (const path of links) {
      expect(existsSync(join(ROOT, dirname("skills/loopty/SKILL.md"), path)), path).toBe(true);
    }
  });
});
