import { type ProjectFiles, type Recognised, tomlName } from "./recognised.ts";

/** pyproject.toml of setuptools, hatch, poetry or uv, or setup.py. Extensions in C are built by `commands.build`: in `setup` they would be built once. */
export async function python(files: ProjectFiles): Promise<Recognised | null> {
  const { names, paths } = files;
  const about = ["pyproject.toml", "setup.py"].find((name) => names.includes(name));
  if (about === undefined) return null;
  const text = await files.read("pyproject.toml");
  const setupPy = await files.read("setup.py");
  const all = `${text}\n${setupPy}\n${await files.read("requirements-dev.txt")}`;
  const tests = await Promise.all(
    paths.filter((path) => /(?:^|\/)test_[^/]*\.py$/.test(path)).map((path) => files.read(path)),
  );
  const usesPytest = /\bpytest\b/.test(all) || tests.some((each) => /^import pytest\b/m.test(each));
  const usesBenchmark = /pytest-benchmark/.test(all);
  const hasExtension = /\bExtension\s*\(|ext[-_]modules/.test(all);
  const name = tomlName(text);
  const tool = names.includes("uv.lock")
    ? "uv"
    : /^\[tool\.poetry\]/m.test(text)
      ? "poetry"
      : "pip";
  const extras = [
    ...(usesPytest ? ["pytest"] : []),
    ...(usesBenchmark ? ["pytest-benchmark"] : []),
    ...(hasExtension ? ["setuptools"] : []),
  ];
  const by = [
    about,
    ...(tool === "pip" ? [] : [`with ${tool}`]),
    ...(hasExtension ? ["and an extension in C"] : []),
    ...(usesBenchmark ? ["and pytest-benchmark"] : []),
  ];
  const install = installOf(tool, text, extras);
  const run = tool === "uv" ? "uv run --no-sync " : tool === "poetry" ? "poetry run " : "";
  return {
    recognisedBy: by.join(" "),
    ...(name === undefined ? {} : { name }),
    // The slim image has no compiler.
    image: hasExtension ? "python:3" : "python:3-slim",
    setup: hasExtension ? withoutBuilt(install) : install,
    build: hasExtension ? `${run}python setup.py ${BUILD_EXTENSION}` : null,
    verify: usesPytest ? `${run}python -m pytest` : `${run}python -m unittest discover`,
    benchmark: usesBenchmark
      ? {
          command: `${run}python -m pytest --benchmark-only --benchmark-json="$LOOPTY_METRICS"`,
          format: "pytest-benchmark",
        }
      : null,
    ...packagesOf(files),
  };
}

function installOf(tool: "uv" | "poetry" | "pip", text: string, extras: readonly string[]): string {
  switch (tool) {
    case "uv":
      return "pip install uv && uv sync --frozen --all-groups";
    case "poetry":
      return "pip install poetry && poetry config virtualenvs.create false && poetry install --all-groups";
    case "pip": {
      const groups = [
        ...(/^\[dependency-groups\]([\s\S]*?)(?:^\[|$(?![\s\S]))/m.exec(text)?.[1] ?? "").matchAll(
          /^([\w-]+)\s*=/gm,
        ),
      ];
      const named = groups.map(([, group = ""]) => `--group ${group}`);
      // Editable: an installed copy would hide what the agent changes.
      return ["pip install -e .", ...extras, ...named].join(" ");
    }
  }
}

/** Setup, as root, left a folder `build` that a build may not write in; where an extension is optional, that passes without it. */
const BUILD_EXTENSION = "build_ext --inplace --build-lib /tmp/lib --build-temp /tmp/temp";

/** An installation in place builds the extension beside its sources, where only `commands.build` may. */
function withoutBuilt(install: string): string {
  return `touch /tmp/before && ${install} && find . -name '*.so' -newer /tmp/before -delete`;
}

/** Packages at the top, tests left out; `src/` is found by itself. */
function packagesOf({ names, paths }: ProjectFiles): Pick<Recognised, "writable"> {
  if (names.includes("src")) return {};
  const folders = paths.flatMap((path) => /^([^/]+)\/__init__\.py$/.exec(path)?.[1] ?? []);
  const own = folders.filter((folder) => !/^(?:tests?|docs|examples?|benchmarks?)$/.test(folder));
  return own.length === 0 ? {} : { writable: own.map((folder) => `${folder}/`) };
}
