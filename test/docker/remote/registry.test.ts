import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../loop/program.ts";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { SecondEngine } from "../second-engine.ts";
import { REPOSITORY } from "./demo.ts";
import { Registry } from "./registry.ts";

const IMAGE = "debian:bookworm-slim";
/** Better, by a file less and another more. */
const EDITS = `
version: 1
edits:
  - parent: "1"
    description: smaller
    changes:
      - { path: src/size, content: "80\\n" }
      - { path: src/old, delete: true }
      - { path: src/new, content: "kept\\n" }
`;

/** What docs/build-server.md tells to type, for an image and a registry. */
function documented(name: string, host: string): readonly string[] {
  const page = readFileSync(join(REPOSITORY, "docs/build-server.md"), "utf8");
  const [, section = ""] = page.split("\n## A node on another machine\n");
  const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].slice(0, 2);
  return blocks
    .flatMap(([, block = ""]) => block.trim().split("\n"))
    .map((line) =>
      line.replaceAll("loopty/matmul:1.3.2", name).replaceAll("registry.example", host),
    );
}

describe.sequential("a node's image that goes to another machine", () => {
  const clone = mkdtempSync(join(tmpdir(), "loopty-clone-"));
  let project: TestProject;
  let engine: SecondEngine;
  let registry: Registry;
  let pushed = "";
  let reproduceLine = "";
  beforeAll(async () => {
    const files = shellProject(EDITS);
    const yaml = (files["loopty.yaml"] ?? "").replace("sandbox: {", `sandbox: { image: ${IMAGE},`);
    const build = "test -e src/old || test -e src/new || exit 1\n";
    project = await openTestProject({
      ...files,
      "loopty.yaml": yaml,
      "src/old": "old\n",
      "build.sh": `${build}${files["build.sh"]}`,
    });
    git(project.directory, "init", "--quiet", "--initial-branch=main");
    git(project.directory, "add", "--all");
    git(project.directory, "commit", "--quiet", "--message=begin");
    engine = await SecondEngine.start({ hidden: [project.directory, homedir(), REPOSITORY] });
    registry = await Registry.start(engine);
  });
  afterAll(async () => {
    if (pushed !== "") docker({}, "image", "rm", pushed);
    await registry?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    await project?.[Symbol.asyncDispose]();
    rmSync(clone, { recursive: true, force: true });
  });

  const git = (cwd: string, ...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd });
  const docker = (env: Readonly<Record<string, string>>, ...args: string[]) =>
    execFileSync("docker", args, { env: { ...process.env, ...env } }).toString();
  const images = () =>
    docker(engine.env, "image", "ls", "--all", "--format", "{{.Repository}}:{{.Tag}}")
      .trim()
      .split("\n");
  const loopty = (...args: string[]) =>
    runProgram(clone, args, { env: { ...engine.env, TMPDIR: `${project.directory}-bench` } });

  it("is pushed and pulled by plain docker", { timeout: 600_000 }, async () => {
    const env = { TMPDIR: `${project.directory}-bench` };
    const run = await runProgram(project.directory, ["run"], { env });
    expect(run.code, run.progress).toBe(0);
    const [name] = /loopty\/shell-[^:]+:1\.1/.exec(run.stdout) ?? [""];
    const [tag = "", push = "", pull = "", line = "", ...more] = documented(name, registry.host);
    expect(more).toEqual([]);
    execFileSync("sh", ["-c", tag]);
    pushed = `${registry.host}/${name}`;
    execFileSync("sh", ["-c", push]);
    execFileSync("sh", ["-c", pull], { env: { ...process.env, ...engine.env } });
    reproduceLine = line;
    expect(images()).toEqual([pushed]);
  });

  it("is measured there from a fresh clone, and nothing is left of that", {
    timeout: 600_000,
  }, async () => {
    git(tmpdir(), "clone", "--quiet", project.directory, clone);
    const files = readdirSync(clone);
    expect(reproduceLine).toBe(`loopty reproduce ${pushed}`);
    const end = await loopty("reproduce", pushed);
    expect(end.code, end.progress).toBe(0);
    expect(end.stdout.split("\n")).toEqual([
      `${pushed}, node 1.1, builds and passes verify here`,
      "measured against the repository as it stands in 6 pairs:",
      "  cost -20.0 % (interval -20.0 % to -20.0 %)",
      "",
    ]);
    expect(images()).toEqual([pushed]);
    expect(docker(engine.env, "ps", "--all", "--quiet")).toBe("");
    // Of no project, and kept as the sandbox image is.
    expect(docker(engine.env, "volume", "ls", "--quiet")).toMatch(
      /^(loopty-engine-[0-9a-f]{12}\n)?$/,
    );
    expect(existsSync(join(clone, ".loopty"))).toBe(false);
    expect(readdirSync(clone)).toEqual(files);
  });

  it("is found by its id under its own tag, and goes with the repository that it was made from alone", async () => {
    const missing = await loopty("reproduce", "1.1");
    expect(missing.code).toBe(2);
    const tag = pushed.slice(pushed.indexOf("/") + 1);
    expect(missing.progress).toContain(`error: there is no image ${tag} at `);

    docker(engine.env, "tag", pushed, tag);
    appendFileSync(join(clone, "bench.sh"), "# other\n");
    const other = await loopty("reproduce", "1.1");
    expect(other.code).toBe(2);
    expect(other.progress).toContain(
      `error: ${tag} does not fit this repository: it has other protected files: bench.sh\n`,
    );
    expect(images().toSorted()).toEqual([pushed, tag].toSorted());
    expect(docker(engine.env, "ps", "--all", "--quiet")).toBe("");
  });
});
