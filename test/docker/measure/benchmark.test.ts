import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WHOLE_CSV } from "../../../src/core/metrics/choice.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { type BenchmarkCommand, runBenchmark } from "../../../src/measure/benchmark.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const HEADER = "iteration,time_ms (lower is better)";

describe("a benchmark", () => {
  let lab: Lab;
  let imageId: string;
  beforeAll(async () => {
    lab = await openLab({
      files: { "src/k.c": "k\n", "oracle/expected": "42\n" },
      access: { writable: ["src/"], hidden: ["oracle/"] },
      limits: { memoryBytes: 128 * 1024 * 1024, pids: 32 },
    });
    imageId = await lab.built("mkdir out");
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const run = async (command: string, benchmark: Partial<BenchmarkCommand> = {}) => {
    const start = performance.now();
    const rows: { iteration: number; values: readonly number[]; atMs: number }[] = [];
    const outcome = await runBenchmark(
      {
        sandbox: lab.sandbox,
        node: parseId("1.1"),
        imageId,
        cpus: lab.measureCpus,
        benchmark: {
          command,
          timeoutMs: 60_000,
          metricsFile: "metrics.csv",
          metrics: WHOLE_CSV,
          hidden: lab.hiddenFiles,
          ...benchmark,
        },
        onRow: (_, { iteration, values }) => {
          rows.push({ iteration, values, atMs: performance.now() - start });
        },
      },
      signal,
    );
    return { outcome, rows, endMs: performance.now() - start };
  };
  const failure = async (command: string, benchmark: Partial<BenchmarkCommand> = {}) => {
    const { outcome } = await run(command, benchmark);
    return outcome.kind === "failed" ? [outcome.verdict, outcome.reason] : outcome.kind;
  };

  it("is counted from outside where loopty.yaml names that, whatever it writes", async () => {
    const choice = { select: ["wall_ms", "cpu_ms"], combine: null, guards: [] };
    const valuesOf = async (command: string) => {
      const { outcome } = await run(command, { metrics: { format: "csv", choice } });
      if (outcome.kind === "failed") throw new Error(outcome.reason);
      expect(outcome.table.metrics.map(({ name }) => name)).toEqual(["wall_ms", "cpu_ms"]);
      expect(outcome.table.rows).toHaveLength(1);
      return outcome.table.rows[0]?.values ?? [];
    };
    const [asleepMs = 0, idleMs = 0] = await valuesOf("sleep 0.5; echo wall_ms,1 > metrics.csv");
    expect(asleepMs).toBeGreaterThan(450);
    expect(asleepMs).toBeLessThan(5000);
    expect(idleMs).toBeLessThan(300);
    const [, busyMs = 0] = await valuesOf("i=0; while [ $i -lt 500000 ]; do i=$((i + 1)); done");
    expect(busyMs).toBeGreaterThan(idleMs + 200);

    const guarded = { select: null, combine: null, guards: ["wall_ms"] };
    const { outcome, rows } = await run(`printf '%s\\n' '${HEADER}' 1,5 2,6 > $LOOPTY_METRICS`, {
      metrics: { format: "csv", choice: guarded },
    });
    if (outcome.kind === "failed") throw new Error(outcome.reason);
    expect(outcome.table.rows.map(({ values }) => values[0])).toEqual([5, 6]);
    expect(outcome.table.rows[0]?.values[1]).toBe(outcome.wallMs);
    // What was streamed is not streamed again at the end, when its time is known.
    expect(rows.map(({ values }) => values[0])).toEqual([5, 6]);
    expect(
      await failure("printf '%s\\n' 'i,wall_ms' 1,5 > $LOOPTY_METRICS", {
        metrics: { format: "csv", choice: guarded },
      }),
    ).toEqual([
      "metrics_invalid",
      "metrics: wall_ms is what loopty counts, and the benchmark has one too; give the benchmark's another name",
    ]);
  });

  it.each([
    ["the metrics file", "metrics.csv", `echo '${HEADER}' > $LOOPTY_METRICS`, ">> $LOOPTY_METRICS"],
    ["stdout", null, `echo noise >&2; echo '${HEADER}'`, ""],
    [
      "$LOOPTY_METRICS where that is stdout",
      null,
      `echo '${HEADER}' > $LOOPTY_METRICS`,
      ">> $LOOPTY_METRICS",
    ],
  ])("tells its rows while it runs, by %s", async (_, metricsFile, header, target) => {
    const command = `${header}; for i in 1 2 3; do sleep 0.6; echo $i,$((i * 10)) ${target}; done; sleep 1`;
    const { outcome, rows, endMs } = await run(command, { metricsFile });
    expect(outcome).toMatchObject({
      kind: "measured",
      table: {
        metrics: [{ name: "time_ms", header: "time_ms (lower is better)" }],
        rows: [
          { iteration: 1, values: [10] },
          { iteration: 2, values: [20] },
          { iteration: 3, values: [30] },
        ],
      },
      file: Buffer.from(`${HEADER}\n1,10\n2,20\n3,30\n`),
    });
    expect(rows.map(({ iteration }) => iteration)).toEqual([1, 2, 3]);
    // Each was there while the benchmark slept on.
    const early = rows.map(({ atMs }) => endMs - atMs);
    expect(Math.min(...early)).toBeGreaterThan(900);
    expect(early[0]).toBeGreaterThan(1500);
  });

  it("tells every row that was written too fast to be seen before it ends", async () => {
    const { rows } = await run(`(echo '${HEADER}'; echo 1,5; printf 2,6) > $LOOPTY_METRICS`);
    expect(rows.map(({ iteration, values }) => [iteration, ...values])).toEqual([
      [1, 5],
      [2, 6],
    ]);
  });

  it("measures by the engine's clock, and has the hidden files", async () => {
    const { outcome } = await run(
      `echo '${HEADER}' > metrics.csv; echo 1,$(cat oracle/expected) >> metrics.csv; sleep 0.5; echo said`,
    );
    if (outcome.kind === "failed") throw new Error(outcome.reason);
    expect(outcome.wallMs).toBeGreaterThan(490);
    expect(outcome.wallMs).toBeLessThan(2000);
    expect(outcome.log.toString()).toBe("said\n");
    expect(outcome.table.rows).toMatchObject([{ values: [42] }]);
  });

  const row = `(echo '${HEADER}'; echo 1,5)`;

  it.each([
    ["no file", "true", "the benchmark wrote no metrics file"],
    ["an empty file", "touch metrics.csv", "line 1: there is no header"],
    [
      "a symlink",
      `${row} > /tmp/m; cp /tmp/m out/m; ln -s out/m metrics.csv`,
      "the benchmark left a symlink as its metrics file",
    ],
    [
      "a symlink to a file of the system",
      "ln -s /etc/passwd metrics.csv",
      "the benchmark left a symlink as its metrics file",
    ],
    ["a folder", "mkdir metrics.csv", "the benchmark left a directory as its metrics file"],
    [
      "a full folder",
      "mkdir metrics.csv; touch metrics.csv/a",
      "the benchmark left more than 1 files and folders as its metrics file",
    ],
    ["a fifo", "mkfifo metrics.csv", "the benchmark left a fifo as its metrics file"],
    [
      "too much",
      "truncate -s 65M metrics.csv",
      "the benchmark left more than 67108864 bytes of files as its metrics file",
    ],
    [
      "not a number",
      `echo '${HEADER}' > metrics.csv; echo 1,fast >> metrics.csv`,
      'line 2, column time_ms: "fast" is not a number',
    ],
  ])("is invalid when it leaves %s", async (_, command, reason) => {
    expect(await failure(command)).toEqual(["metrics_invalid", reason]);
  });

  it.each([
    ["the file's folder is a file", "rmdir out; touch out"],
    ["the file's folder is a link that goes round", "rmdir out; ln -s out out"],
    ["the file's folder cannot be read", "chmod 0 out"],
  ])("is invalid, and the engine not to blame, when %s", async (_, command) => {
    expect(await failure(command, { metricsFile: "out/metrics.csv" })).toEqual([
      "metrics_invalid",
      "the benchmark wrote no metrics file",
    ]);
  });

  it.each([
    ["prints", null, "", "printed more than 67108864 bytes"],
    [
      "writes",
      "metrics.csv",
      "> metrics.csv; sleep 1",
      "left more than 67108864 bytes of files as its metrics file",
    ],
  ])(
    "is invalid when it %s too much as metrics, and leaves its head alone",
    async (_, metricsFile, target, reason) => {
      const { outcome } = await run(`yes 12345,789 | head -c 70M ${target}`, { metricsFile });
      expect(outcome).toMatchObject({
        verdict: "metrics_invalid",
        reason: `the benchmark ${reason}`,
      });
      expect(outcome.file.equals(Buffer.alloc(104_857 * 10, "12345,789\n"))).toBe(true);
      expect(outcome.log.toString().slice(-200)).toMatch(
        /\[loopty: the benchmark wrote more metrics than the 1048570 bytes that are kept of this run\]\n$/,
      );
    },
  );

  it.each([
    ["exit 4", ["bench_failed", "the benchmark exited with 4"]],
    ["kill -9 $$", ["out_of_memory", "the benchmark ran out of memory or was killed"]],
    [
      "(sleep 60 & kill -9 $!; wait $!)",
      ["out_of_memory", "the benchmark ran out of memory or was killed"],
    ],
    ["sleep 60", ["timeout", "the benchmark took longer than 2 s"]],
  ])("that ends by `%s` has a verdict, whatever rows it wrote", async (end, expected) => {
    expect(await failure(`${row} > metrics.csv; ${end}`, { timeoutMs: 2000 })).toEqual(expected);
  });
});
