import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { recogniseProject } from "../../../src/config/init/project-kind.ts";
import { templateFor, writeTemplate } from "../../../src/config/init/template.ts";
import { loadConfig, parseConfig } from "../../../src/config/load.ts";
import { addFiles, makeFolder } from "../folder-tree.ts";

const roots: string[] = [];

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

async function project(files: Readonly<Record<string, string>>) {
  const root = await makeFolder({});
  roots.push(root);
  // The temporary folder's own name is random.
  await mkdir(join(root, "My Project"));
  await addFiles(join(root, "My Project"), files);
  return join(root, "My Project");
}

describe("the template for a project", () => {
  it.each([
    [
      "a Makefile with tests and a benchmark",
      { Makefile: "CC := gcc\nall: a\ntest: a\n\t./a\nbench : a\n", "src/a.c": "" },
      {
        name: "my-project",
        commands: { build: "make", verify: "make test", benchmark: "make bench" },
        access: { writable: ["src/"] },
        sandbox: { base: { kind: "packaged" }, setup: null },
      },
    ],
    [
      "a Makefile that only sets a variable of that name",
      { Makefile: "test := yes\nall:\n", "kernel.c": "" },
      {
        commands: { build: "make", verify: null, benchmark: expect.stringMatching(/; exit 1$/) },
        access: { writable: ["kernel.c"] },
      },
    ],
    [
      "CMake, even beside a Makefile",
      { "CMakeLists.txt": "enable_testing()\n", Makefile: "test:\n" },
      {
        commands: {
          build: "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build",
          verify: "ctest --test-dir build --output-on-failure",
        },
        sandbox: {
          base: { kind: "dockerfile", path: expect.stringMatching(/\/loopty\.Dockerfile$/) },
          setup: null,
        },
      },
    ],
    [
      "npm scripts and a lock file",
      {
        "package.json": JSON.stringify({
          name: "@me/Fast_Words",
          scripts: { test: "vitest", bench: "node bench.js" },
          devDependencies: { vitest: "4" },
        }),
        "package-lock.json": "{}",
        "lib/a.js": "",
      },
      {
        name: "fast-words",
        commands: { build: null, verify: "npm run test", benchmark: "npm run bench" },
        sandbox: { base: { kind: "image", ref: "node:lts-slim" }, setup: "npm ci" },
        access: { writable: ["lib/"] },
      },
    ],
    [
      "a package.json that is broken",
      { "package.json": "{", "index.js": "" },
      { commands: { build: null, verify: null }, access: { writable: ["index.js"] } },
    ],
    [
      "Cargo",
      { "Cargo.toml": '[package]\nname = "quick_sort"\n', "src/main.rs": "" },
      {
        name: "quick-sort",
        commands: {
          build: "cargo build --release --offline && cargo test --release --offline --no-run",
          verify: "cargo test --release --offline",
        },
        sandbox: { base: { kind: "image", ref: "rust:1-slim" }, setup: "cargo fetch" },
      },
    ],
    [
      "pyproject with pytest",
      { "pyproject.toml": '[project]\nname = "x"\n[tool.pytest.ini_options]\n', "src/a.py": "" },
      {
        name: "x",
        commands: { build: null, verify: "python -m pytest" },
        sandbox: { setup: "pip install -e . pytest" },
      },
    ],
    [
      "nothing known",
      { "README.md": "" },
      { commands: { build: null, verify: null, benchmark: expect.stringMatching(/; exit 1$/) } },
    ],
  ])("validates and fits %s", async (_what, files, expected) => {
    const directory = await project(files);
    expect((await writeTemplate(directory)).file).toBe(join(directory, "loopty.yaml"));
    const { config } = await loadConfig({ directory });
    expect(config).toMatchObject(expected);
    expect(config.agent.kind).toBe("claude");
  });

  it("validates whatever a project says about itself", async () => {
    const known = await recogniseProject(await project({ Makefile: "all:\n" }));
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((each) => each.trim() !== "");
    fc.assert(
      fc.property(text, text, (build, benchmark) => {
        const { commands } = parseConfig(templateFor({ ...known, build, benchmark }));
        expect(commands).toEqual({ build, verify: null, benchmark });
      }),
    );
  });

  it("names the project's own loopty.Dockerfile and leaves it as it is", async () => {
    const directory = await project({ "CMakeLists.txt": "", "loopty.Dockerfile": "FROM mine\n" });
    expect((await writeTemplate(directory)).dockerfile).toBeNull();
    const { config } = await loadConfig({ directory });
    expect(config.sandbox.base).toEqual({
      kind: "dockerfile",
      path: join(directory, "loopty.Dockerfile"),
    });
    expect(await readFile(join(directory, "loopty.Dockerfile"), "utf8")).toBe("FROM mine\n");
  });

  it("never overwrites, and writes no Dockerfile beside a loopty.yaml that was there", async () => {
    const directory = await project({ "loopty.yaml": "mine", "CMakeLists.txt": "" });
    await expect(writeTemplate(directory)).rejects.toMatchObject({
      name: "UserError",
      message: `${join(directory, "loopty.yaml")} is already there`,
    });
    expect(await readFile(join(directory, "loopty.yaml"), "utf8")).toBe("mine");
    expect(await readdir(directory)).toEqual(["CMakeLists.txt", "loopty.yaml"]);
  });

  it("names a project after its folder when nothing else is usable", async () => {
    const directory = await project({});
    await writeFile(join(directory, "package.json"), '{ "name": 5 }');
    expect((await recogniseProject(directory)).name).toBe("my-project");
  });
});
