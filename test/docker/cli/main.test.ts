import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { tree } from "../../../src/cli/commands/looking/tree.ts";
import { runEventSchema } from "../../../src/core/events/event.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { openSmallProject, type SmallProject } from "./small-project.ts";

/** The compiled program: `npm test` compiles before it tests. */
const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<number | null>;
}

function start(cwd: string, ...args: readonly string[]): Started {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd });
  // Not by a signal that it could wait for: its test is over.
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString("utf8");
  });
  return { child, output, exit: once(child, "close").then(([code]) => code) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe("the program", () => {
  let project: SmallProject | null = null;
  afterEach(async () => {
    await project?.[Symbol.asyncDispose]();
    project = null;
  });

  it.each([
    [["--help"], 0, /^Usage: loopty /],
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/],
  ])("answers %j on stdout", async (args, code, text) => {
    const { exit, output } = start(scratchFolder(), ...args);
    expect(await exit).toBe(code);
    expect(output.stdout).toMatch(text);
  });

  it.each([
    [["tree"], /^error: there is no run here: .*\nhint: `loopty run` makes the first/],
    [["tree", "--run", "one"], /^error: option '--run <number>' argument 'one' is invalid/],
    [["grow"], /^error: unknown command 'grow'/],
    [["show"], /^error: missing required argument 'id'/],
    [["run"], /^error: cannot read .*loopty\.yaml/],
    [
      ["run", "--max-time", "soon"],
      /^error: option '--max-time <time>' argument 'soon' is invalid/,
    ],
    [["run", "--resume", "--from", "1.2"], /^error: option '--resume' cannot be used with/],
    [
      ["run", "--json", "--events"],
      /^error: option '--events' cannot be used with option '--json'/,
    ],
  ])("exits with 2 and no stack for %j", async (args, text) => {
    const { exit, output } = start(scratchFolder(), ...args);
    expect(await exit).toBe(2);
    expect(output.stderr).toMatch(text);
    expect(output.stderr).not.toContain("    at ");
    expect(output.stdout).toBe("");
  });

  it("exits with 4 when no engine answers", async () => {
    project = await openSmallProject();
    const child = spawn(process.execPath, [MAIN, "run"], {
      cwd: project.directory,
      env: { ...process.env, DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    });
    const [code] = await once(child, "close");
    expect(code).toBe(4);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "stops at %s with 130, leaves no container and a valid tree, and can go on",
    async (signal) => {
      project = await openSmallProject({ slow: true });
      const { child, output, exit } = start(project.directory, "run");
      await until(() => output.stderr.includes(" row 1: "));
      const stoppedAt = Date.now();
      child.kill(signal);
      expect(await exit).toBe(130);
      expect(Date.now() - stoppedAt).toBeLessThan(5000);
      expect(output.stderr).toContain("stopping...\n");
      expect(output.stderr).toMatch(/to go on: loopty run --resume\ninterrupted\n$/);
      expect(await project.leftovers()).toEqual([]);
      const world = project.world();
      expect(await tree(world, {})).toBe(0);
      expect(world.stdout.text).toMatch(/^ {2}1 {2}running/);

      const resumed = start(project.directory, "run", "--resume");
      await until(() => resumed.output.stderr.includes(" row 1: "));
      expect(resumed.output.stderr).toContain("run 1 goes on after 1 node\n");
      resumed.child.kill("SIGKILL");
      await resumed.exit;
      expect(await project.leftovers()).not.toEqual([]);
      const third = start(project.directory, "run", "--resume");
      await until(() => third.output.stderr.includes(" row 1: "));
      expect(await project.leftovers()).toHaveLength(1);
      third.child.kill(signal);
      expect(await third.exit).toBe(130);
      expect(await project.leftovers()).toEqual([]);
    },
  );

  it("stops within ten seconds whatever a build does about signals", async () => {
    const deaf = "trap '' TERM INT HUP QUIT; sleep 60; ";
    project = await openSmallProject({ build: deaf });
    const { child, output, exit } = start(project.directory, "run");
    await until(() => output.stderr.includes(" 1 snapshot "));
    // The build's container comes next.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const stoppedAt = Date.now();
    child.kill("SIGTERM");
    expect(await exit).toBe(130);
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);
    expect(await project.leftovers()).toEqual([]);
  });

  it("tells a build server every event as a line of JSON, and ends in time", async () => {
    project = await openSmallProject();
    const options = ["--events", "--max-time", "1s", "--require-improvement"];
    const { output, exit } = start(project.directory, "run", ...options);
    expect(await exit, output.stderr).toBe(3);
    const lines = output.stdout.trimEnd().split("\n");
    const events = lines.map((line) => runEventSchema.parse(JSON.parse(line)));
    expect(events[0]).toMatchObject({ type: "run_started", run: 1, from: null });
    expect(events.at(-1)).toMatchObject({
      type: "run_finished",
      reason: "budget_spent",
      text: expect.stringContaining("the time of --max-time is used up"),
      best: "1",
      result: null,
    });
    expect(events.filter(({ type }) => type === "node_reserved")).toHaveLength(1);
    const stored = await readFile(join(project.directory, ".loopty/runs/1/events.jsonl"), "utf8");
    expect(lines).toEqual(stored.trimEnd().split("\n"));
    expect(output.stderr).toContain("\nno result: nothing was better than the baseline\n");
    expect(output.stderr).toMatch(/\nerror: no proven improvement, .*\n$/);
    // Others on this machine may measure first.
  }, 900_000);

  it("exits at once when it is asked to stop twice", async () => {
    project = await openSmallProject({ slow: true });
    const { child, output, exit } = start(project.directory, "run");
    await until(() => output.stderr.includes("stopping") || output.stderr.includes(" row 1: "));
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await exit).toBe(130);
  });
});
