import type { ProjectFiles, Recognised } from "./recognised.ts";

/** A longer list would hide the rest of the file. */
const MOST_FILES = 200;
/** HOME is new in every container, and with it Go's own place: all would be compiled again, the standard library too. */
const CACHE = "export GOCACHE=$PWD/.gocache;";

export async function go(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("go.mod")) return null;
  const [, module = ""] = /^module\s+(\S+)/m.exec(await files.read("go.mod")) ?? [];
  // `./...` ends where a module below begins.
  const below = files.paths.flatMap((path) => /^(.+\/)go\.mod$/.exec(path)?.[1] ?? []);
  const own = files.paths.filter((path) => !below.some((folder) => path.startsWith(folder)));
  const tests = own.filter((path) => path.endsWith("_test.go"));
  const texts = await Promise.all(tests.map((path) => files.read(path)));
  const hasBenchmarks = texts.some((text) => /^func Benchmark\w*\(/m.test(text));
  const sources = own.filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"));
  return {
    recognisedBy: hasBenchmarks ? "go.mod, with benchmarks in _test.go files" : "go.mod",
    name:
      module
        .replace(/\/v\d+$/, "")
        .split("/")
        .at(-1) ?? "",
    image: "golang:1",
    setup: "go mod download",
    // Tests are compiled, not run: what comes later begins with what the build left.
    build: `${CACHE} go build ./... && go test -exec true ./...`,
    // Never an answer from the cache.
    verify: `${CACHE} go test -count 1 ./...`,
    benchmark: hasBenchmarks
      ? {
          command: `${CACHE} go test -run '^$' -bench . -benchmem -benchtime 100ms -count 5 ./... > "$LOOPTY_METRICS"`,
          format: "go",
        }
      : null,
    // Tests stand beside the code, so that no folder can be writable.
    ...(sources.length === 0 ? {} : { writable: sources.slice(0, MOST_FILES) }),
  };
}
