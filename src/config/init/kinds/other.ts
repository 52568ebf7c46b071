import { hasBelow, type ProjectFiles, type Recognised } from "./recognised.ts";

export async function go(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("go.mod")) return null;
  const [, module = ""] = /^module\s+(\S+)/m.exec(await files.read("go.mod")) ?? [];
  const tests = files.paths.filter((path) => path.endsWith("_test.go"));
  const texts = await Promise.all(tests.map((path) => files.read(path)));
  const hasBenchmarks = texts.some((text) => /^func Benchmark\w*\(/m.test(text));
  const sources = files.paths.filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"));
  return {
    recognisedBy: hasBenchmarks ? "go.mod, with benchmarks in _test.go files" : "go.mod",
    name: module.split("/").at(-1) ?? "",
    image: "golang:1",
    setup: "go mod download",
    build: "go build ./...",
    verify: "go test ./...",
    benchmark: hasBenchmarks
      ? {
          command: `go test -run '^$' -bench . -benchmem -count 5 ./... > "$LOOPTY_METRICS"`,
          format: "go",
        }
      : null,
    // Tests stand beside the code, so that no folder can be writable.
    ...(sources.length === 0 ? {} : { writable: sources.slice(0, MOST_FILES) }),
  };
}

const MOST_FILES = 20;

export async function maven(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("pom.xml")) return null;
  const text = await files.read("pom.xml");
  const usesJmh = text.includes("jmh-core");
  const [, name = ""] =
    /<artifactId>([^<]+)<\/artifactId>/.exec(text.replace(/<parent>[\s\S]*?<\/parent>/, "")) ?? [];
  return {
    recognisedBy: usesJmh ? "pom.xml, with JMH" : "pom.xml",
    name,
    image: "maven:3-eclipse-temurin-21",
    setup: "mvn -q -B dependency:go-offline verify -DskipTests",
    build: "mvn -q -B -o package -DskipTests",
    verify: "mvn -q -B -o test",
    benchmark: usesJmh
      ? {
          command: 'java -jar target/benchmarks.jar -f 1 -rf json -rff "$LOOPTY_METRICS"',
          format: "jmh",
        }
      : null,
    ...mainSources(files),
  };
}

export async function gradle(files: ProjectFiles): Promise<Recognised | null> {
  const found = ["build.gradle.kts", "build.gradle"].find((name) => files.names.includes(name));
  if (found === undefined) return null;
  const usesJmh = (await files.read(found)).includes("me.champeau.jmh");
  const command = files.names.includes("gradlew") ? "./gradlew" : "gradle";
  return {
    recognisedBy: usesJmh ? `${found}, with the JMH plug-in` : found,
    image: "gradle:jdk21",
    setup: `${command} --no-daemon build -x test`,
    build: `${command} --offline --no-daemon assemble`,
    verify: `${command} --offline --no-daemon test`,
    benchmark: usesJmh
      ? {
          command: `${command} --offline --no-daemon jmh && cp build/results/jmh/results.json "$LOOPTY_METRICS"`,
          format: "jmh",
        }
      : null,
    ...mainSources(files),
  };
}

function mainSources(files: ProjectFiles): Pick<Recognised, "writable"> {
  return hasBelow(files, "src/main", /./) ? { writable: ["src/main/"] } : {};
}

export async function dotnet({ paths }: ProjectFiles): Promise<Recognised | null> {
  const found = paths.find((path) => /\.(?:sln|slnx|csproj|fsproj)$/.test(path));
  if (found === undefined) return null;
  const [, name = ""] = /([^/]+)\.[^.]+$/.exec(found) ?? [];
  return {
    recognisedBy: found,
    name,
    image: "mcr.microsoft.com/dotnet/sdk:9.0",
    setup: "dotnet restore",
    build: "dotnet build -c Release --no-restore",
    verify: "dotnet test -c Release --no-build",
    benchmark: null,
  };
}

export async function zig({ names }: ProjectFiles): Promise<Recognised | null> {
  if (!names.includes("build.zig")) return null;
  return {
    recognisedBy: "build.zig",
    image: null,
    setup: "apt-get update && apt-get install -y --no-install-recommends zig",
    build: "zig build -Doptimize=ReleaseFast",
    verify: "zig build test",
    benchmark: null,
  };
}
