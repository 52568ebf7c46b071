import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dependencies } from "../../scripts/setup/dependencies.mjs";
import { scratchFolder } from "./scratch.ts";

type Packages = Record<string, { version: string; integrity?: string; optional?: boolean }>;

const A = { version: "1.0.0", integrity: "sha512-a" };
const B = { version: "2.0.0", integrity: "sha512-b" };

/** The reason for `npm ci`, for what the lock file wants and what npm left in node_modules. */
function whyNeeded(wanted: Packages, installed?: Packages) {
  const root = scratchFolder();
  const project = { "": { version: "0.1.0" }, ...wanted };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: project }));
  if (installed) {
    mkdirSync(join(root, "node_modules"));
    const stamp = join(root, "node_modules", ".package-lock.json");
    writeFileSync(stamp, JSON.stringify({ packages: installed }));
  }
  return dependencies.whyNeeded({ root, env: {}, home: root, say: () => {} });
}

describe("the dependencies step", () => {
  it("has nothing to do when every package is there", async () => {
    const packages = { "node_modules/a": A, "node_modules/b": B };
    expect(await whyNeeded(packages, packages)).toBeUndefined();
  });

  it("has nothing to do when only packages for other platforms are missing", async () => {
    const wanted = { "node_modules/a": A, "node_modules/b": { ...B, optional: true } };
    expect(await whyNeeded(wanted, { "node_modules/a": A })).toBeUndefined();
  });

  it("installs when npm did not finish or never ran", async () => {
    expect(await whyNeeded({ "node_modules/a": A })).toBe(
      "node_modules is missing or incomplete: npm ci",
    );
  });

  it.each<[string, Packages]>([
    ["missing", {}],
    ["of another version", { "node_modules/a": { ...A, version: "1.0.1" } }],
    ["of other content", { "node_modules/a": { ...A, integrity: "sha512-x" } }],
  ])("installs when a package is %s", async (_, installed) => {
    expect(await whyNeeded({ "node_modules/a": A }, installed)).toBe(
      "node_modules/a is not as package-lock.json wants it: npm ci",
    );
  });

  it("installs when a package is left over", async () => {
    const installed = { "node_modules/a": A, "node_modules/b": B };
    expect(await whyNeeded({ "node_modules/a": A }, installed)).toBe(
      "node_modules/b is not as package-lock.json wants it: npm ci",
    );
  });
});
