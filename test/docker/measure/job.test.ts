import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import { runVerify } from "../../../src/measure/verification.ts";
import { type MeasuringJob, runJob } from "../../../src/sandbox/job.ts";
import { initOf, type Lab, openLab, signal } from "../lab.ts";

const MIB = 1024 * 1024;
const NODE = parseId("1.1");

describe("a measuring run", () => {
  let lab: Lab;
  let imageId: string;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        "src/k.c": "k\n",
        "lib/one.h": "1\n",
        "lib/answer.ref": "41\n",
        "oracle/deep/expected": "42\n",
      },
      access: { writable: ["src/"], hidden: ["oracle/", "lib/*.ref"] },
      limits: { memoryBytes: 64 * MIB, pids: 32, diskBytes: 48 * MIB },
    });
    imageId = await lab.built("mkdir out && cp src/k.c out/k.o && chmod 700 out");
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  type Benchmark = Extract<MeasuringJob, { phase: "benchmark" }>;
  /** A verify, or a benchmark where something of one is given. */
  const run = async (command: string, job?: Partial<Benchmark>) => {
    const rows: Buffer[] = [];
    const common = { node: NODE, imageId, command, hidden: lab.hiddenFiles, timeoutMs: 60_000 };
    const measuring = { metricsFile: null, cpus: lab.measureCpus };
    const result = await runJob(
      lab.sandbox,
      job === undefined
        ? { phase: "verify", ...common }
        : { phase: "benchmark", ...measuring, ...common, ...job },
      (chunk) => void rows.push(chunk),
      signal,
    );
    return { ...result, log: result.log.toString(), rows: Buffer.concat(rows).toString() };
  };
  const verify = async (command: string, timeoutMs = 60_000) => {
    const request = { command, timeoutMs, hidden: lab.hiddenFiles };
    const { log, ...verification } = await runVerify(lab.sandbox, NODE, imageId, request, signal);
    return { ...verification, log: log.toString() };
  };

  it.each([
    // A verify may be paused, so that its own deadline is far off.
    ["verify", undefined, "agentCpus", 720],
    ["benchmark", { metricsFile: "metrics.csv" }, "measureCpus", 90],
  ] as const)(
    "is the container's own process: a %s, as the measuring user",
    async (_, job, cpus, deadlineS) => {
      const { end, log } = await run(
        "tr '\\0' ' ' < /proc/1/cmdline; echo; tr '\\0' ' ' < /proc/$PPID/cmdline; echo; grep -E '^(Uid|CapBnd|NoNewPrivs):' /proc/self/status; ls /sys/class/net; cat /sys/fs/cgroup/cpuset/cpuset.cpus",
        job,
      );
      expect(end).toMatchObject({ kind: "exited", exitCode: 0 });
      const [held, ...facts] = log.replaceAll("\t", " ").trimEnd().split("\n");
      expect(held).toBe(`${initOf(lab)} -- /bin/sh -c read -r line || exit 0`);
      expect(facts).toContain(`timeout -s KILL ${deadlineS} /bin/sh -c exec 2>&1`);
      expect(facts.slice(-5)).toEqual([
        "Uid: 10002 10002 10002 10002",
        "CapBnd: 0000000000000000",
        "NoNewPrivs: 1",
        "lo",
        cpus === "agentCpus" ? lab.settings.agentCpus : lab.measureCpus,
      ]);
    },
  );

  it("finds nothing that another run left", async () => {
    const places = "/workspace/left /workspace/out/left /tmp/left /var/tmp/left /dev/shm/left";
    const leave = `for f in ${places}; do ls $f; touch $f && echo left; done`;
    const runs = [await run(leave), await run(leave)];
    for (const { log } of runs) expect(log.match(/No such file|left$/gm)).toHaveLength(10);
  });

  it("has the hidden files, which no image has", async () => {
    const { log } = await run(
      "cat oracle/deep/expected lib/answer.ref; stat -c '%a %u' oracle/deep",
    );
    expect(log).toBe("42\n41\n1777 0\n");
    const without = await run("ls oracle; ls lib", { hidden: [], metricsFile: "metrics.csv" });
    expect(without.log).toBe("ls: cannot access 'oracle': No such file or directory\none.h\n");
  });

  it("gets the hidden files in place of a link that was planted for them, and never through it", async () => {
    // As if a build had been let through: its own folder stands where a hidden one will be.
    const { docker } = lab.settings.engine;
    const planter = await docker.createContainer({
      Image: imageId,
      User: "10002:10002",
      Cmd: ["sh", "-c", "mkdir out/forged && ln -s out/forged oracle && ln -s /etc lib/deep"],
    });
    await planter.start();
    await planter.wait();
    const planted = await planter.commit();
    await planter.remove();
    try {
      const hidden = [
        ...lab.hiddenFiles,
        { path: "lib/deep/x", content: Buffer.from("x\n"), mode: "100644" as const },
      ];
      const command =
        "stat -c '%F %u' oracle lib/deep; ls out/forged; cat oracle/deep/expected; ls /etc/x 2>&1";
      const { log } = await run(command, { imageId: planted.Id, hidden });
      expect(log).toBe(
        "directory 0\ndirectory 0\n42\nls: cannot access '/etc/x': No such file or directory\n",
      );
    } finally {
      await docker.getImage(planted.Id).remove();
    }
  });

  it("tells both outputs in the order in which they were written", async () => {
    const { log } = await run("for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done");
    expect(log).toBe([1, 2, 3, 4, 5].map((i) => `out ${i}\nerr ${i}\n`).join(""));
  });

  it("keeps a flood of output small, and is not held up by it", async () => {
    const { end, log, rows } = await run("head -c 100M /dev/zero | tr '\\0' x; exit 3");
    expect(end).toMatchObject({ kind: "exited", exitCode: 3 });
    expect(log).toHaveLength(MIB + "\n[loopty: 103809024 bytes of output left out here]\n".length);
    expect(rows).toBe("");
  });

  it("takes no rows from verify: what it writes as metrics is its log, and a file goes with its container", async () => {
    const row = "printf 'i,ms\\n1,0.001\\n'";
    const { log, rows, metrics } = await run(`${row} >> $LOOPTY_METRICS; ${row} > metrics.csv`);
    expect({ log, rows }).toEqual({ log: "i,ms\n1,0.001\n", rows: "" });
    expect(metrics).toEqual({ kind: "file", content: Buffer.alloc(0) });
    const bench = await run("echo $LOOPTY_METRICS", {
      phase: "benchmark",
      metricsFile: "metrics.csv",
    });
    expect(bench).toMatchObject({
      log: "/workspace/metrics.csv\n",
      metrics: { kind: "none", reason: "wrote no metrics file" },
    });
  });

  it("passes by its exit code alone", async () => {
    expect(await verify("echo FAILED")).toEqual({ kind: "passed", log: "FAILED\n" });
    expect(await verify("echo PASSED; exit 1")).toEqual({
      kind: "failed",
      verdict: "verify_failed",
      reason: "verify exited with 1",
      log: "PASSED\n",
    });
  });

  it.each([
    ["sleep 60", "timeout", "verify took longer than 1.5 s"],
    ["kill -9 $$", "out_of_memory", "verify ran out of memory or was killed"],
    [
      "python3 -c 'bytearray(200 << 20)'",
      "out_of_memory",
      "verify ran out of memory or was killed",
    ],
    ["kill -SEGV $$", "verify_failed", "verify exited with 139"],
    ["kill -TERM 1; exec sleep 60", "verify_failed", "verify exited with 143"],
  ])("that ends by %s is %s", async (command, verdict, reason) => {
    expect(await verify(command, 1500)).toMatchObject({ kind: "failed", verdict, reason });
  });

  it("that fills the disk is ended", async () => {
    const start = performance.now();
    const command = "for i in 1 2 3; do head -c 30M /dev/zero > f$i; done; sleep 60";
    expect(await verify(command)).toMatchObject({
      verdict: "verify_failed",
      reason: "verify wrote more than sandbox.disk allows",
    });
    expect(performance.now() - start).toBeLessThan(8000);
  });

  it("leaves no container, whatever became of it", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("stopped by the user")), 700);
    const job = {
      phase: "benchmark" as const,
      node: NODE,
      imageId,
      command: "sleep 60",
      hidden: [],
      timeoutMs: 60_000,
      metricsFile: "metrics.csv",
      cpus: lab.measureCpus,
    };
    const start = performance.now();
    await expect(runJob(lab.sandbox, job, () => {}, abort.signal)).rejects.toThrow(
      "stopped by the user",
    );
    expect(performance.now() - start).toBeLessThan(3000);
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });
});
