import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recogniseProject } from "../../../src/config/init/project-kind.ts";
import { writeTemplate } from "../../../src/config/init/template.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { addFiles } from "../folder-tree.ts";

async function projectOf(files: Readonly<Record<string, string>>) {
  const directory = scratchFolder();
  await addFiles(directory, files);
  return directory;
}

const json = (value: unknown) => JSON.stringify(value);

describe("init recognises", () => {
  it.each([
    [
      "CMake with Google Benchmark",
      {
        "CMakeLists.txt": "add_subdirectory(bench)\n",
        "bench/CMakeLists.txt":
          "target_link_libraries(sort_bench PRIVATE sort benchmark::benchmark)\n",
        "src/sort.cc": "",
      },
      {
        recognisedBy: "CMakeLists.txt, with Google Benchmark",
        format: "google-benchmark",
        benchmark: expect.stringContaining("-name sort_bench "),
        dockerfile: { text: expect.stringContaining(" cmake libbenchmark-dev ") },
        writable: ["src/"],
      },
    ],
    [
      "CMake without tests, of which ctest would find none and pass",
      { "CMakeLists.txt": "project(zopfli)\n# no tests yet\n", "src/a.c": "" },
      { verify: null, benchmarkFrom: "nowhere" },
    ],
    [
      "CMake with tests in a folder",
      {
        "CMakeLists.txt": "add_subdirectory(tests)\n",
        "tests/CMakeLists.txt": "add_test(NAME all COMMAND all)\n",
        "src/a.c": "",
      },
      { verify: "ctest --test-dir build --output-on-failure", benchmarkFrom: "tests" },
    ],
    [
      "Meson with tests in a folder",
      {
        "meson.build": "project('a', 'c')\nsubdir('test')\n",
        "test/meson.build": "test('all', exe)\n",
        "a.c": "",
      },
      { verify: "meson test -C build" },
    ],
    [
      "Meson",
      { "meson.build": "project('inih', 'c')\n", "ini.c": "", "ini.h": "", "tests/unittest.c": "" },
      {
        name: "inih",
        build: expect.stringContaining("meson compile"),
        verify: null,
        dockerfile: { text: expect.stringContaining(" meson ninja-build pkg-config ") },
        writable: ["ini.c", "ini.h"],
      },
    ],
    [
      "autotools before and after autoreconf",
      { "configure.ac": "", configure: "", "src/jq.c": "" },
      {
        recognisedBy: "configure",
        build: "./configure && make",
        verify: "make check",
        image: null,
        dockerfile: { kind: "none" },
      },
    ],
    [
      "autotools from git",
      { "configure.ac": "", "src/jq.c": "" },
      {
        build: "autoreconf -fi && ./configure && make",
        setup: null,
        dockerfile: { text: expect.stringContaining(" autoconf automake libtool pkg-config") },
      },
    ],
    [
      "a cargo workspace with Criterion",
      {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
        "crates/fast/Cargo.toml":
          '[package]\nname = "fast"\n[dev-dependencies]\ncriterion = "0.5"\n',
        "crates/fast/src/lib.rs": "",
        "crates/fast/benches/b.rs": "",
      },
      {
        recognisedBy: "Cargo.toml of a workspace, benches with Criterion",
        format: "criterion",
        writable: ["crates/fast/src/"],
      },
    ],
    [
      "a Go module with benchmarks",
      {
        "go.mod": "module example.com/me/sorter\n",
        "sort.go": "package sorter\n",
        "sort_test.go": "package sorter\nfunc BenchmarkSort(b *testing.B) {}\n",
      },
      {
        name: "sorter",
        format: "go",
        writable: ["sort.go"],
        build: "export GOCACHE=$PWD/.gocache; go build ./... && go test -exec true ./...",
        verify: "export GOCACHE=$PWD/.gocache; go test -count 1 ./...",
        benchmark: expect.stringContaining(" -benchtime 100ms -count 5 ./... > "),
        image: "golang:1",
        dockerfile: { kind: "none" },
      },
    ],
    [
      "a Go module of a later major version, whose benchmarks are in a module below it",
      {
        "go.mod": "module example.com/me/sorter/v2\n",
        "sort.go": "package sorter\n",
        "bench/go.mod": "module example.com/me/sorter/bench\n",
        "bench/a.go": "package bench\n",
        "bench/sort_test.go": "package bench\nfunc BenchmarkSort(b *testing.B) {}\n",
      },
      { name: "sorter", recognisedBy: "go.mod", benchmarkFrom: "tests", writable: ["sort.go"] },
    ],
    [
      "Maven with JMH",
      {
        "pom.xml":
          "<project><parent><artifactId>up</artifactId></parent><artifactId>fast</artifactId>jmh-core</project>",
        "src/main/java/A.java": "",
      },
      { name: "fast", format: "jmh", writable: ["src/main/"] },
    ],
    [
      "Gradle",
      { "build.gradle.kts": "", gradlew: "", "src/main/java/A.java": "" },
      { verify: "./gradlew --offline --no-daemon test", benchmarkFrom: "tests" },
    ],
    [
      "pnpm by its lock file",
      {
        "package.json": json({ scripts: { test: "x" }, dependencies: { a: "1" } }),
        "pnpm-lock.yaml": "",
        "lib/a.js": "",
      },
      { verify: "pnpm run test", setup: "corepack enable && pnpm install --frozen-lockfile" },
    ],
    [
      "yarn by packageManager, with benchmarks of vitest",
      {
        "package.json": json({ packageManager: "yarn@4.1.0", devDependencies: { vitest: "4" } }),
        "package-lock.json": "",
        "src/a.ts": "",
        "bench/a.bench.ts": "",
      },
      { recognisedBy: "package.json with yarn and benchmarks of vitest", format: "vitest" },
    ],
    [
      "uv",
      {
        "pyproject.toml": '[project]\nname = "x"\n[dependency-groups]\ndev = ["pytest"]\n',
        "uv.lock": "",
        "x/__init__.py": "",
      },
      { setup: "pip install uv && uv sync --frozen --all-groups", writable: ["x/"] },
    ],
    [
      "poetry",
      { "pyproject.toml": '[tool.poetry]\nname = "x"\n', "src/x.py": "" },
      { verify: "poetry run python -m unittest discover" },
    ],
    [
      "dependency groups of pip, with pytest-benchmark",
      {
        "pyproject.toml":
          '[project]\nname = "x"\n[dependency-groups]\ntest = ["pytest", "pytest-benchmark"]\n[tool.x]\ny = 1\n',
        "x/__init__.py": "",
        "tests/__init__.py": "",
      },
      {
        setup: "pip install -e . pytest pytest-benchmark --group test",
        format: "pytest-benchmark",
        writable: ["x/"],
      },
    ],
    [
      "an extension in C, which is built again for every change",
      {
        "pyproject.toml": '[project]\nname = "fastmod"\n',
        "setup.py": "setup(ext_modules=[Extension('fastmod._c', ['fastmod/_c.c'])])\n",
        "fastmod/__init__.py": "",
        "fastmod/_c.c": "",
      },
      {
        build: "python setup.py build_ext --inplace --build-lib /tmp/lib --build-temp /tmp/temp",
        setup:
          "touch /tmp/before && pip install -e . setuptools && find . -name '*.so' -newer /tmp/before -delete",
        image: "python:3",
        writable: ["fastmod/"],
      },
    ],
    [
      ".NET",
      { "Fast.sln": "", "src/Fast.csproj": "", "src/A.cs": "" },
      { recognisedBy: "Fast.sln", name: "fast", verify: expect.stringContaining("dotnet test") },
    ],
    [
      "CMake, beside a solution in C++ and a binding for .NET",
      { "CMakeLists.txt": "", "a.cpp": "", "xmltest.cpp": "", "vs/a.sln": "", "cs/a.csproj": "" },
      { recognisedBy: "CMakeLists.txt", writable: ["a.cpp"] },
    ],
    ["a solution in C++ alone as nothing known", { "vs/a.sln": "", "a.cpp": "" }, { build: null }],
    [
      "Zig, which Debian has no package of",
      { "build.zig": "", "src/main.zig": "" },
      {
        verify: "zig build test",
        setup: null,
        dockerfile: { text: expect.stringContaining("pip install --no-cache-dir ziglang") },
      },
    ],
    [
      "a package without dependencies and scripts, which needs node alone",
      { "package.json": json({ name: "tiny" }), "index.js": "" },
      { image: null, dockerfile: { kind: "none" }, setup: null },
    ],
  ])("%s", async (_what, files, expected) => {
    const directory = await projectOf(files);
    expect(await recogniseProject(directory)).toMatchObject(expected);
    await writeTemplate(directory);
    await loadConfig({ directory });
    const checks = readFileSync(`${directory}/loopty.yaml`, "utf8").match(/# CHECK/g) ?? [];
    expect(checks.length).toBeLessThanOrEqual(3);
  });

  it("every source of a project that has many at its top", async () => {
    const sources = Array.from({ length: 30 }, (_, i) => `z${String(i).padStart(2, "0")}.c`);
    const texts = Object.fromEntries(sources.map((path) => [path, ""]));
    const directory = await projectOf({ Makefile: "all:\n", ...texts });
    await writeTemplate(directory);
    const { config } = await loadConfig({ directory });
    expect(config.access.writable).toEqual(sources);
    const text = readFileSync(`${directory}/loopty.yaml`, "utf8");
    expect(text).toContain("  writable:\n    - z00.c\n    - z01.c\n");
  });

  it("no benchmark, and times the tests, saying so", async () => {
    const directory = await projectOf({ Makefile: "all:\ntest:\n", "a.c": "", "test_a.c": "" });
    await writeTemplate(directory);
    const { config } = await loadConfig({ directory });
    expect(config.metrics).toMatchObject({ file: "-", source: { format: "lines" } });
    expect(config.commands.benchmark).toContain("(make test) >&2");
    expect(config.access.writable).toEqual(["a.c"]);
    expect(readFileSync(`${directory}/loopty.yaml`, "utf8")).toContain(
      "# CHECK: no benchmark was found, so this times the tests.",
    );
  });
});
