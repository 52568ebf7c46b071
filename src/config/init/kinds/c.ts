import { debianWith } from "./dockerfile.ts";
import type { ProjectFiles, Recognised } from "./recognised.ts";

export async function cmake(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("CMakeLists.txt")) return null;
  const text = await textsOf(files, /(?:^|\/)CMakeLists\.txt$/);
  // ctest and meson pass where there is no test.
  const hasTests =
    /^[^#\n]*(?:\b(?:add_test|enable_testing|\w*discover_tests)\s*\(|\binclude\s*\(\s*CTest\b)/im.test(
      text,
    );
  const usesGoogle = /benchmark::benchmark|find_package\s*\(\s*benchmark\b/i.test(text);
  const [, target] =
    /target_link_libraries\s*\(\s*(\S+)[^)]*benchmark::benchmark/i.exec(text) ?? [];
  const flags = '--benchmark_repetitions=5 --benchmark_out="$LOOPTY_METRICS"';
  return {
    recognisedBy: usesGoogle ? "CMakeLists.txt, with Google Benchmark" : "CMakeLists.txt",
    image: null,
    dockerfile: debianWith("cmake", ...(usesGoogle ? ["libbenchmark-dev"] : [])),
    setup: null,
    build: "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build",
    verify: hasTests ? "ctest --test-dir build --output-on-failure" : null,
    benchmark:
      target === undefined
        ? null
        : {
            command: `$(find build -type f -name ${target} -perm -u+x | head -n 1) ${flags} --benchmark_out_format=json`,
            format: "google-benchmark",
          },
  };
}

export async function meson(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("meson.build")) return null;
  const [, name] = /project\s*\(\s*'([^']+)'/.exec(await files.read("meson.build")) ?? [];
  const hasTests = /^[^#\n]*\btest\s*\(/m.test(await textsOf(files, /(?:^|\/)meson\.build$/));
  return {
    recognisedBy: "meson.build",
    ...(name === undefined ? {} : { name }),
    image: null,
    dockerfile: debianWith("meson", "ninja-build", "pkg-config"),
    setup: null,
    build: "meson setup build --buildtype=release && meson compile -C build",
    verify: hasTests ? "meson test -C build" : null,
    benchmark: null,
  };
}

export async function autotools({ names }: ProjectFiles): Promise<Recognised | null> {
  const generated = names.includes("configure");
  const source = ["configure.ac", "configure.in"].find((name) => names.includes(name));
  if (!generated && source === undefined) return null;
  return {
    recognisedBy: generated ? "configure" : (source ?? "configure.ac"),
    image: null,
    ...(generated
      ? {}
      : { dockerfile: debianWith("autoconf", "automake", "libtool", "pkg-config") }),
    setup: null,
    build: `${generated ? "" : "autoreconf -fi && "}./configure && make`,
    verify: "make check",
    benchmark: null,
  };
}

export async function make(files: ProjectFiles): Promise<Recognised | null> {
  const found = ["GNUmakefile", "makefile", "Makefile"].find((name) => files.names.includes(name));
  if (found === undefined) return null;
  const text = await files.read(found);
  const target = (...names: string[]) => {
    const known = names.find((name) => new RegExp(`^${name}\\s*:(?!=)`, "m").test(text));
    return known === undefined ? null : `make ${known}`;
  };
  const bench = target("bench", "benchmark");
  return {
    recognisedBy: found,
    image: null,
    setup: null,
    build: "make",
    verify: target("test", "check", "verify"),
    benchmark: bench === null ? null : { command: bench, format: "csv" },
  };
}

async function textsOf(files: ProjectFiles, pattern: RegExp): Promise<string> {
  const found = files.paths.filter((path) => pattern.test(path));
  return (await Promise.all(found.map((path) => files.read(path)))).join("\n");
}
