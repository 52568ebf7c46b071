import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { IDLE } from "../../../src/agent/idle.ts";
import { readPairRecords } from "../../../src/core/judging/pair.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { shellProject } from "./shell-project.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const EDITS = `
version: 1
edits: [{ parent: "1", description: larger, changes: [{ path: src/size, content: "110\\n" }] }]
`;
// A duration takes all pairs of a calibration, however little it varies. The rows are there while it still runs, and would go on running when its harness is killed.
const benchmark = (sleep: string) => `echo 'iteration,cost_ms (lower is better)' > "$LOOPTY_METRICS"
for i in 1 2 3; do echo "$i,$(cat built-size)" >> "$LOOPTY_METRICS"; done
sleep ${sleep}
`;

const endSchema = z.object({ timeNano: z.number() });

/** The compiled program in a project. Both share a queue that is not the machine's, for which others may wait. */
function run(project: TestProject, queue: string, onProgress: (text: string) => void) {
  const env = { ...process.env, TMPDIR: queue };
  const child = spawn(process.execPath, [MAIN, "run"], { cwd: project.directory, env });
  let progress = "";
  child.stderr.on("data", (chunk: Buffer) => {
    progress += chunk.toString("utf8");
    onProgress(progress);
  });
  const ended = new Promise<{ readonly code: number | null; readonly progress: string }>(
    (resolve) => void child.on("close", (code) => resolve({ code, progress })),
  );
  return { kill: () => child.kill("SIGKILL"), ended };
}

describe("loopty processes on one machine", () => {
  let queue: string;
  let projects: TestProject[];
  beforeAll(async () => {
    queue = await mkdtemp(join(tmpdir(), "loopty-queue-"));
    projects = [
      await openTestProject({ ...shellProject(EDITS), "bench.sh": benchmark("2.5") }),
      await openTestProject({ ...shellProject(EDITS), "bench.sh": benchmark("0.1") }),
    ];
  });
  afterAll(async () => {
    for (const project of projects ?? []) await project[Symbol.asyncDispose]();
    await rm(queue, { recursive: true, force: true });
  });

  /** When the containers of a project's benchmarks ended, by the engine's clock. */
  const watchEnds = async ({ engine, project }: TestProject) => {
    const label = [`${LABEL.phase}=benchmark`, `${LABEL.project}=${project.projectId}`];
    const filters = JSON.stringify({ type: ["container"], event: ["die"], label });
    const stream = await engine.docker.getEvents({ filters });
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
    });
    return {
      times: () =>
        text
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line) => new Date(endSchema.parse(JSON.parse(line)).timeNano / 1e6).toISOString()),
      [Symbol.dispose]: () => void stream.removeAllListeners(),
    };
  };
  const pairsOf = async ({ directory }: TestProject) => {
    const files = ["1", "1.1"].map((id) => `${directory}/.loopty/runs/1/nodes/${id}/runs.jsonl`);
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
    return texts
      .flatMap((text) => readPairRecords(text).records)
      .map(({ parent, child }) => {
        const times = [parent.startedAt, parent.endedAt, child.startedAt, child.endedAt].toSorted();
        return { start: times[0] ?? "", end: times[3] ?? "" };
      });
  };

  it("never measure two at a time, and the slot of one that is killed goes to the other", async () => {
    const [killed, other] = projects;
    if (killed === undefined || other === undefined) throw new Error("there are two projects");
    using ends = await watchEnds(killed);
    let killedAt = "";
    const first = run(killed, queue, (progress) => {
      if (killedAt !== "" || !/[^.]1 pair 2, \w+ row 3/.test(progress)) return;
      killedAt = new Date().toISOString();
      first.kill();
    });
    const second = run(other, queue, () => {});
    expect((await first.ended).code).toBeNull();
    const { code, progress } = await second.ended;
    expect(code, progress).toBe(0);

    // Whole pairs: none of the other's runs is between the two of a pair.
    const [pairs, others] = [await pairsOf(killed), await pairsOf(other)];
    expect(pairs).toHaveLength(2);
    expect(others.length).toBeGreaterThan(10);
    const both = [...pairs, ...others].toSorted((a, b) => a.start.localeCompare(b.start));
    for (const [i, pair] of both.slice(1).entries()) {
      expect(pair.start > (both[i]?.end ?? "")).toBe(true);
    }
    // What the killed one ran has ended before the other goes on.
    const last = ends.times().toSorted().at(-1) ?? "";
    expect(last > killedAt).toBe(true);
    const after = others.filter(({ end }) => end > killedAt);
    expect(after.length).toBeGreaterThan(5);
    for (const { start } of after) expect(start > last).toBe(true);
    // They took turns rather than one after the other.
    const turns = both.filter(
      (pair, i) => pairs.includes(pair) !== pairs.includes(both[i - 1] ?? pair),
    );
    expect(turns.length).toBeGreaterThan(2);
  });

  it("measure in as many slots as measure_cpus lists, and a comparison in one of them", async () => {
    const [, project] = projects;
    if (project === undefined) throw new Error("there are two projects");
    const file = join(project.directory, "loopty.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("sandbox: {", 'sandbox: { measure_cpus: ["0", "1"],'));
    await project.withRun(IDLE, "new", async ({ lab: { slots }, records: { store } }, signal) => {
      const [one, other] = [slots.forComparison(), slots.forComparison()];
      const used = await one.exclusive(signal, async (first) => [
        first,
        await other.exclusive(signal, async (second) => second),
      ]);
      expect(used).toEqual(["0", "1"]);
      expect(await other.exclusive(signal, async (cpus) => cpus)).toBe("1");
      expect(store.record.environment.cpus).toMatchObject({ measure: ["0", "1"] });
    });
  });
});
