import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { divideWorkspace } from "../../../src/loop/origin/workspace.ts";
import { makeFolder } from "../../config/folder-tree.ts";

const YAML = `name: x
statement: Make it fast.
access: { writable: [src/], hidden: [oracle/] }
commands: { benchmark: ./b }
`;

it("keeps symlinks that stay inside where the agent may read, and warns once of all others", async () => {
  const root = await makeFolder({ "AGENTS.md": "x", "src/a.c": "", "oracle/o": "", "lib/b.c": "" });
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(join(root, "loopty.yaml"), YAML);
  await symlink("AGENTS.md", join(root, "CLAUDE.md"));
  await symlink("../src/a.c", join(root, "lib/a.c"));
  for (const path of ["src/in", "oracle/in", "lib/out"]) await symlink("/etc", join(root, path));
  await symlink("a.c", join(root, "src/b.c"));
  const { config } = await loadConfig({ directory: root });
  const { links, warnings } = await divideWorkspace(config);
  expect(links).toEqual([
    { path: "CLAUDE.md", target: "AGENTS.md" },
    { path: "lib/a.c", target: "../src/a.c" },
  ]);
  expect(warnings).toEqual([
    "4 symlinks left out in src/, lib/, oracle/: they lead out of the workspace, or stand where the agent may write or not look",
  ]);
});

it("leaves loopty.yaml out, which names what is hidden, unless it is included or hidden itself", async () => {
  const root = await makeFolder({ "src/a.c": "", "oracle/o": "" });
  onTestFinished(() => rm(root, { recursive: true }));
  const pathsWith = async (yaml: string) => {
    await writeFile(join(root, "loopty.yaml"), yaml);
    const { config } = await loadConfig({ directory: root });
    const { files, hidden } = await divideWorkspace(config);
    return [...files, ...hidden].map(({ path }) => path).sort();
  };
  const rest = ["oracle/o", "src/a.c"];
  expect(await pathsWith(YAML)).toEqual(rest);
  const included = `${YAML}workspace: { include: [loopty.yaml] }\n`;
  expect(await pathsWith(included)).toEqual(["loopty.yaml", ...rest]);
  const hidden = YAML.replace("[oracle/]", "[oracle/, loopty.yaml]");
  expect(await pathsWith(hidden)).toEqual(["loopty.yaml", ...rest]);
});
