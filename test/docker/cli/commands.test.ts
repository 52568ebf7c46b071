import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { reproduce } from "../../../src/cli/commands/measuring/reproduce.ts";
import { shell } from "../../../src/cli/commands/measuring/shell.ts";
import { run } from "../../../src/cli/commands/running/run.ts";
import { tryOwn } from "../../../src/cli/commands/running/try.ts";
import { clean } from "../../../src/cli/commands/taking/clean.ts";
import { exportNode } from "../../../src/cli/commands/taking/export.ts";
import { doctor } from "../../../src/cli/doctor/doctor.ts";
import { lineageOf, nodeIdSchema } from "../../../src/core/tree/id.ts";
import { openSmallProject, type SmallProject } from "./small-project.ts";

const CHANGE = `--- a/src/value.txt
+++ b/src/value.txt
@@ -1 +1 @@
-100
+40
`;

// Each builds on what those before it left in the project, as a user's commands do.
describe.sequential("the commands, one after another on one project", () => {
  let project: SmallProject;
  /** The node that `try` made: which nodes the tuner made depends on what it drew. */
  let tried = "";
  // A new file in the workspace would be a new base.
  const outside = mkdtempSync(join(tmpdir(), "loopty-cli-out-"));
  beforeAll(async () => {
    project = await openSmallProject();
  });
  afterAll(async () => {
    rmSync(outside, { recursive: true, force: true });
    await project?.[Symbol.asyncDispose]();
  });

  it("doctor rehearses the baseline and leaves nothing behind", async () => {
    const world = project.world();
    expect(await doctor(world, { json: true })).toBe(0);
    const names = ["node", "git", "engine", "disk", "config", "agent", "workspace", "tuner"];
    const rehearsed = ["cpus", "image", "base", "build", "verify", "benchmark", "mounts", "effect"];
    const { checks } = z
      .looseObject({ checks: z.array(z.looseObject({ name: z.string() })) })
      .parse(world.stdout.json);
    // The engine has one more for each of its known holes.
    expect([...new Set(checks.map(({ name }) => name))]).toEqual([...names, ...rehearsed]);
    expect(world.stdout.text).not.toContain('"fail"');
    expect(await project.projectId()).toBe("none");
    const images = execFileSync("docker", ["image", "ls", "--format", "{{.Repository}}"]);
    expect(images.toString()).not.toContain("loopty/doctor-");
  });

  it("doctor --measure says what verdicts are worth here, and leaves nothing behind", async () => {
    const world = project.world();
    expect(await doctor(world, { measure: true })).toBe(0);
    expect(world.stdout.text).toMatch(
      /^ok {4}run {8}one run of the benchmark takes .*, a pair with its containers .*$/m,
    );
    expect(world.stdout.text).toMatch(
      /\nok {4}noise {6}time_ms is exact: all 20 runs of the baseline gave 100, so any difference counts\.\n/,
    );
    expect(world.stdout.text).toMatch(
      /\nok {4}verdict {4}a child that changes nothing takes about 1 pair, .*; a verdict at most 2 pairs, .*\nready: loopty run\n$/,
    );
    expect(await project.projectId()).toBe("none");
    const images = execFileSync("docker", ["image", "ls", "--format", "{{.Repository}}"]);
    expect(images.toString()).not.toContain("loopty/doctor-");
  });

  it("doctor names the step that fails, with the log and a hint", async () => {
    const file = join(project.directory, "oracle/answer.txt");
    writeFileSync(file, "wrong\n");
    const world = project.world();
    expect(await doctor(world, {})).toBe(2);
    writeFileSync(file, "fine\n");
    expect(world.stdout.text).toMatch(/^fail {2}verify {5}the baseline failed: /);
    expect(world.stdout.text).toMatch(/\nok {4}build .*\n1 problem, first: verify: .*\n$/);
  });

  it("run grows a tree and measures its champion", async () => {
    const world = project.world();
    expect(await run(world, { requireImprovement: true })).toBe(0);
    const text = world.stdout.text;
    expect(text).toMatch(/^run 1 ended: the budget of 3 experiments is used up/);
    expect(text).toMatch(/\nchampion (1[.\d]*) against 1, 20 fresh pairs:\n {2}time_ms -40\.0 %/);
    expect(text).toMatch(new RegExp(`docker run --rm loopty/${project.name}:1[.\\d]*\n$`));
    expect(world.stderr.text).toMatch(/Z 1 row 1: time_ms 100\n/);
    expect(await project.leftovers()).toEqual([]);
  });

  it("try makes a patch a node, and refuses one that does not fit or is not allowed", async () => {
    const patch = join(outside, "change.patch");
    const change = { kind: "patch", path: patch } as const;
    writeFileSync(patch, CHANGE);
    const world = project.world();
    expect(await tryOwn(world, { from: "1", change, message: "why not", json: true })).toBe(0);
    tried = z.looseObject({ id: z.string() }).parse(world.stdout.json).id;
    expect(world.stdout.json).toMatchObject({
      parent: "1",
      description: "why not",
      verdict: "improved",
      metrics: { time_ms: 40 },
    });
    writeFileSync(patch, CHANGE.replace("-100", "-99"));
    await expect(tryOwn(project.world(), { from: "1", change, message: "m" })).rejects.toThrow(
      "the patch does not fit 1: ",
    );
    writeFileSync(patch, CHANGE.replaceAll("src/value.txt", "src/kept.h").replace("-100", "-kept"));
    await expect(tryOwn(project.world(), { from: "1", change, message: "m" })).rejects.toThrow(
      "the patch does not fit 1: ",
    );
  });

  it("reproduce agrees with the record, also after clean has removed every image", async () => {
    const world = project.world();
    expect(await clean(world, {})).toBe(0);
    expect(await project.images()).toEqual([]);
    const again = project.world();
    expect(await reproduce(again, { id: tried })).toBe(0);
    expect(again.stdout.text).toContain(`${tried} agrees with its record: time_ms `);
    expect(await project.images()).toContain(`loopty/${project.name}:${tried}`);
    expect(await project.leftovers()).toEqual([]);
  });

  it("export --image gives what docker load reads", async () => {
    await exportNode(project.world(), { id: tried, image: join(outside, "node.tar") });
    const tag = `loopty/${project.name}:${tried}`;
    execFileSync("docker", ["image", "rm", tag]);
    execFileSync("docker", ["load", "--input", join(outside, "node.tar")]);
    expect(await project.images()).toContain(tag);
  });

  it("shell runs as the measuring user, without hidden files, and leaves nothing", async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const raw: boolean[] = [];
    const chunks: Buffer[] = [];
    output.on("data", (chunk: Buffer) => chunks.push(chunk));
    const world = project.world({
      terminal: {
        input,
        output,
        setRaw: (isRaw) => void raw.push(isRaw),
        size: () => ({ columns: 120, rows: 40 }),
        onResize: () => () => {},
      },
    });
    input.write("id -u; ls; grep CapEff /proc/self/status; touch src/kept.h; exit\n");
    expect(await shell(world, { id: tried })).toBe(0);
    const text = Buffer.concat(chunks).toString("utf8");
    expect(text).toContain("10002\r\n");
    expect(text).toContain("CapEff:\t0000000000000000");
    expect(text).toContain("Permission denied");
    expect(text).not.toMatch(/^oracle/m);
    expect(raw).toEqual([true, false]);
    expect(await project.leftovers()).toEqual([]);
  });

  it("an image that was replaced is refused", async () => {
    const tag = `loopty/${project.name}:${tried}`;
    execFileSync("docker", ["tag", `${tag}-built`, tag]);
    await expect(
      exportNode(project.world(), { id: tried, image: join(outside, "other.tar") }),
    ).rejects.toMatchObject({
      message: `the image ${tag} is not the one that was recorded`,
      hint: `\`loopty reproduce ${tried}\` makes it again from the stored files`,
    });
    await reproduce(project.world(), { id: tried });
    await exportNode(project.world(), { id: tried, image: join(outside, "other.tar") });
  });

  it("clean --keep-best keeps the champion's lineage", async () => {
    const grown = project.world();
    await run(grown, { json: true });
    const { champion } = z.looseObject({ champion: nodeIdSchema }).parse(grown.stdout.json);
    await clean(project.world(), { keepBest: 1 });
    const kept = await project.images();
    const lineage = lineageOf(champion).flatMap((id) => [id, `${id}-built`]);
    expect(kept.filter((tag) => tag.startsWith(`loopty/${project.name}:2`)).sort()).toEqual(
      lineage.map((tag) => `loopty/${project.name}:${tag}`).sort(),
    );
    expect(lineage.length).toBeGreaterThan(2);
    await clean(project.world(), {});
    expect(await project.images()).toEqual([]);
  });

  it("run --require-improvement exits with 3 where nothing is better", async () => {
    const file = join(project.directory, "loopty.yaml");
    const config = readFileSync(file, "utf8");
    writeFileSync(file, config.replace("values: [100, 80, 60, 5]", "values: [100, 120]"));
    const world = project.world();
    expect(await run(world, { requireImprovement: true, json: true })).toBe(3);
    expect(world.stdout.json).toMatchObject({ champion: "3", result: null });
    writeFileSync(file, config);
  });
});
