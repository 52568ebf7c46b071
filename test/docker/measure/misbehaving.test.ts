import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WHOLE_CSV } from "../../../src/core/metrics/choice.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { runBenchmark } from "../../../src/measure/benchmark.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const HEADER = "iteration,time_ms (lower is better)";

describe("a benchmark that misbehaves", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ files: { "src/k.c": "k\n" }, access: { writable: ["src/"] } });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const run = async (command: string, metricsFile: string | null = "metrics.csv") => {
    const told: (readonly number[])[] = [];
    const outcome = await runBenchmark(
      {
        sandbox: lab.sandbox,
        node: parseId("1.1"),
        imageId: lab.snapshot.imageId,
        cpus: lab.measureCpus,
        benchmark: { command, timeoutMs: 60_000, metricsFile, hidden: [], metrics: WHOLE_CSV },
        onRow: (_, { iteration, values }) => told.push([iteration, ...values]),
      },
      signal,
    );
    const rows =
      outcome.kind === "measured"
        ? outcome.table.rows.map(({ iteration, values }) => [iteration, ...values])
        : [outcome.verdict, outcome.reason];
    return { rows, told, log: outcome.log.toString() };
  };

  it("and leaves a hog in the background: it is gone before anything else is measured", async (test) => {
    // Processes of a container are seen from here only where the engine is.
    if (lab.settings.engine.cgroups === null) return test.skip();
    const mark = `hog-${crypto.randomUUID()}`;
    const hog = `setsid sh -c 'trap "" TERM HUP INT; while :; do :; done' ${mark} &`;
    const alive = `grep -q ${mark} /proc/[0-9]*/cmdline && found=1`;
    const command = `${hog}\nsleep 0.3; found=0; ${alive}; printf '%s\\n' '${HEADER}' 1,$found > $LOOPTY_METRICS`;
    expect((await run(command)).rows).toEqual([[1, 1]]);
    expect(await processesWith(mark)).toEqual([]);
  });

  it("and prints rows after its end: they are not there", async () => {
    const late = `printf '%s\\n' '${HEADER}' 1,5
setsid sh -c 'trap "" TERM HUP; sleep 0.4; echo 2,0.001' &
exit 0`;
    expect((await run(late, null)).rows).toEqual([[1, 5]]);
  });

  it("and writes its rows anew: what the file holds in the end counts, is told too, and the log says so", async () => {
    const rows = (...lines: string[]) => `printf '%s\\n' '${HEADER}' ${lines.join(" ")}`;
    const first = `${rows("1,50", "2,60")} > $LOOPTY_METRICS; sleep 1`;
    const anew = await run(`${first}; ${rows("1,5")} > $LOOPTY_METRICS`);
    expect(anew.rows).toEqual([[1, 5]]);
    expect(anew.told).toEqual([
      [1, 50],
      [2, 60],
      [1, 5],
    ]);
    expect(anew.log).toContain("[loopty: the metrics file was written anew");
    // Made again with the same rows and more, it has only grown.
    const grown = await run(`${first}; ${rows("1,50", "2,60", "3,70")} > $LOOPTY_METRICS`);
    expect(grown.told).toEqual([
      [1, 50],
      [2, 60],
      [3, 70],
    ]);
    expect(grown.log).toBe("");
    // Added behind what is there, the same is no table any more.
    expect((await run(`${first}; ${rows("1,5")} >> $LOOPTY_METRICS`)).rows).toEqual([
      "metrics_invalid",
      "line 4: the header is repeated",
    ]);
    expect((await run(`${first}; echo 2,5 >> $LOOPTY_METRICS`)).rows).toEqual([
      "metrics_invalid",
      expect.stringContaining("line 4"),
    ]);
  });
});

async function processesWith(mark: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return commands.filter((command) => command.includes(mark));
}
