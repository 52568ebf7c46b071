import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IDLE } from "../../../src/agent/idle.ts";
import { readPairRecords } from "../../../src/core/judging/pair.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import {
  type ContainerEvent,
  followContainers,
} from "../../../src/sandbox/engine/container-event.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { shellProject } from "./shell-project.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const EDITS = `
version: 1
edits: [{ parent: "1", description: larger, changes: [{ path: src/size, content: "110\\n" }] }]
`;
// A duration takes all pairs of a calibration, however little it varies. The rows are there while it still runs, and would go on running when its harness is killed.
const LONG_BENCHMARK = `echo 'iteration,cost_ms (lower is better)' > "$LOOPTY_METRICS"
for i in 1 2 3; do echo "$i,$(cat built-size)" >> "$LOOPTY_METRICS"; done
sleep 2.5
`;

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
      await openTestProject({ ...shellProject(EDITS), "bench.sh": LONG_BENCHMARK }),
      await openTestProject(shellProject(EDITS)),
    ];
  });
  afterAll(async () => {
    for (const project of projects ?? []) await project[Symbol.asyncDispose]();
    await rm(queue, { recursive: true, force: true });
  });

  /** Starts and ends of the benchmarks of both, as the engine tells them. */
  const watchBenchmarks = async () => {
    const events: ContainerEvent[] = [];
    const [first] = projects;
    if (first === undefined) throw new Error("there is no project");
    const ids = new Set(projects.map(({ project }) => project.projectId));
    const watching = await followContainers(
      first.engine,
      { label: [`${LABEL.phase}=benchmark`], event: ["start", "die"] },
      (event) => {
        if (ids.has(event.attributes[LABEL.project] ?? "")) events.push(event);
      },
    );
    return { events, [Symbol.dispose]: () => watching[Symbol.dispose]() };
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
    using watch = await watchBenchmarks();
    const [killed, other] = projects;
    if (killed === undefined || other === undefined) throw new Error("there are two projects");
    let isKilled = false;
    const first = run(killed, queue, (progress) => {
      if (isKilled || !/[^.]1 pair 2, \w+ row 3/.test(progress)) return;
      isKilled = true;
      first.kill();
    });
    const second = run(other, queue, () => {});
    expect((await first.ended).code).toBeNull();
    const killedAfter = watch.events.length;
    const { code, progress } = await second.ended;
    expect(code, progress).toBe(0);

    // One at a time: each has ended before the next starts, those of the killed process too.
    const order = watch.events.map(({ action, id }) => [action, id]);
    expect(order.length % 2).toBe(0);
    for (let i = 0; i < order.length; i += 2) {
      expect(order.slice(i, i + 2)).toEqual([
        ["start", order[i]?.[1]],
        ["die", order[i]?.[1]],
      ]);
    }
    expect(order.length - killedAfter).toBeGreaterThan(10);

    // Whole pairs: none of the other's runs is between the two of a pair.
    const [pairs, others] = [await pairsOf(killed), await pairsOf(other)];
    expect(pairs).toHaveLength(2);
    expect(others.length).toBeGreaterThan(10);
    const both = [...pairs, ...others].toSorted((a, b) => a.start.localeCompare(b.start));
    for (const [i, pair] of both.slice(1).entries()) {
      expect(pair.start > (both[i]?.end ?? "")).toBe(true);
    }
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
