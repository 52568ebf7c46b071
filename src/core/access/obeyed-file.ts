import { asOtherSystemsSee } from "./path.ts";

/** Build files, tests' set-up, containers and instructions for agents that programs look for by name, in small letters. */
const NAMES: ReadonlySet<string> = new Set([
  ...["loopty.yaml", "dockerfile", "containerfile", "vagrantfile", "procfile", "jenkinsfile"],
  ...["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"],
  ...["package.json", "npm-shrinkwrap.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"],
  ...["pnpm-workspace.yaml", "deno.json", "deno.jsonc", "bunfig.toml", "tsconfig.json", "nx.json"],
  ...["turbo.json", "lefthook.yml", "lefthook.yaml", "gulpfile.js", "gruntfile.js", "binding.gyp"],
  ...["conftest.py", "sitecustomize.py", "usercustomize.py", "setup.py", "setup.cfg", "noxfile.py"],
  ...["pyproject.toml", "pytest.ini", "tox.ini", "dodo.py", "requirements.txt"],
  ...["makefile", "gnumakefile", "bsdmakefile", "cmakelists.txt", "cmakepresets.json", "justfile"],
  ...["meson.build", "meson_options.txt", "build.ninja", "sconstruct", "sconscript", "wscript"],
  ...["configure", "configure.ac", "autogen.sh", "build", "workspace", "module.bazel", "taskfile"],
  ...["taskfile.yml", "taskfile.yaml", "cargo.toml", "build.rs", "go.mod", "go.work", "rakefile"],
  ...["gemfile", "guardfile", "brewfile", "pom.xml", "build.xml", "gradlew", "mvnw", "build.sbt"],
  ...["flake.nix", "shell.nix", "default.nix", "claude.md", "agents.md", "gemini.md"],
]);

/** Endings of such files: make, CMake, Bazel, Gradle, Python's start-up, editors' workspaces, tools of JavaScript. */
const ENDING =
  /\.(?:mk|mak|cmake|bazel|bzl|gradle|gradle\.kts|pth|code-workspace|sln|[a-z]+proj|dockerfile|config\.[cm]?[jt]s)$/;
/** `Dockerfile.dev` and `Makefile.in` count as what they begin with. */
const BEGINNING = /^(?:dockerfile|containerfile|makefile)\./;

/** Hooks of git. A repository may keep them anywhere (`core.hooksPath`). */
const HOOK =
  /^(?:(?:pre|post)-(?:applypatch|checkout|commit|merge|merge-commit|push|rebase|receive|rewrite|auto-gc|index-change)|applypatch-msg|commit-msg|prepare-commit-msg|update|proc-receive|reference-transaction|fsmonitor-watchman|push-to-checkout|sendemail-validate)$/;

/**
 * Whether programs behave differently as soon as somebody works beside this file. People's shells, editors, agents,
 * build and test tools and repositories read it by its name. Whatever begins with a dot is such a file, and so is all
 * below such a folder.
 */
export function isObeyed(path: string): boolean {
  const parts = path.split("/").map(asOtherSystemsSee);
  const name = parts.at(-1) ?? "";
  return (
    parts.some((part) => part.startsWith(".")) ||
    NAMES.has(name) ||
    ENDING.test(name) ||
    BEGINNING.test(name) ||
    HOOK.test(name)
  );
}
