import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject, type TestProject } from "../project.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const EDITS = `
version: 1
edits:
  - { parent: "1", description: smaller, changes: [{ path: src/size, content: "90\\n" }] }
  - { parent: "1.1", description: smaller still, changes: [{ path: src/size, content: "50\\n" }] }
`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

/** The compiled program as a process of its own; `onProgress` sees all of stderr so far. */
function loopty(
  directory: string,
  args: readonly string[],
  onProgress: (progress: string) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: directory });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
      onProgress(stderr);
    });
    child.on("close", (code) => resolve({ code, stdout }));
  });
}

describe("a loopty that runs", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openTestProject(shellProject(EDITS));
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  it("takes up within a second what another terminal asks for, and stops as usual", async () => {
    const { directory } = project;
    const told: Promise<Ended>[] = [];
    const tell = (...args: string[]) => told.push(loopty(directory, args));
    const ran = await loopty(directory, ["run"], (progress) => {
      if (told.length === 0 && progress.includes("1.1 agent edits")) {
        tell("note", "1", "mind", "the", "size");
        tell("freeze", "1.1");
        tell("stop");
      }
    });

    expect((await Promise.all(told)).map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, expect.stringMatching(/^noted: .*\nprocess \d+ knows\n$/)],
      [0, expect.stringMatching(/^1\.1 is frozen: .*\nprocess \d+ knows\n$/)],
      [
        0,
        expect.stringMatching(/^process \d+ finishes what runs, measures the result and ends\n$/),
      ],
    ]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain("run 1 ended: loopty stop asked for it\n");
    expect(ran.stdout).toMatch(/champion 1\.1 against 1, 20 fresh pairs/);

    const stored = await project.project.openRun(1);
    expect(stored.nodes.map(({ id, phase }) => [id, phase])).toEqual([
      ["1", "finished"],
      ["1.1", "finished"],
    ]);
    const { entries: events } = await stored.events();
    expect(events.at(-1)).toMatchObject({ reason: "stopped", text: "loopty stop asked for it" });
    const steered = events.filter((event) => event.type === "steered");
    expect(steered.map(({ order }) => order).sort()).toEqual(["freeze", "note", "stop"]);
    for (const { number, at } of steered) {
      const file = `${directory}/.loopty/runs/1/steering/${number}.json`;
      const asked = JSON.parse(await readFile(file, "utf8"));
      expect(Date.parse(at) - Date.parse(asked.at)).toBeLessThan(1000);
    }
    expect((await loopty(directory, ["tree"])).stdout).toContain("[frozen] smaller\n");
  }, 600_000);
});
