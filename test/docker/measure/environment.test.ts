import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WHOLE_CSV } from "../../../src/core/metrics/choice.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { runBenchmark } from "../../../src/measure/benchmark.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { type Lab, openLab, signal } from "../lab.ts";

describe("what a benchmark finds around it", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ files: { "src/k.c": "k\n" }, access: { writable: ["src/"] } });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const builtAs = async (id: string) => {
    const { imageId: snapshotId } = await lab.snapshotOf(id, { "src/k.c": `of ${id}\n` });
    const built = await lab.build("true", { node: parseId(id), snapshotId });
    if (built.kind === "failed") throw new Error(built.reason);
    return built.imageId;
  };
  const runAs = (id: string, imageId: string, command: string, timeoutMs = 60_000) => {
    const benchmark = {
      command,
      timeoutMs,
      metricsFile: "metrics.csv",
      hidden: [],
      metrics: WHOLE_CSV,
    };
    const { sandbox, measureCpus: cpus } = lab;
    const node = parseId(id);
    return runBenchmark({ sandbox, benchmark, node, imageId, cpus, onRow: () => {} }, signal);
  };

  /** By the pid that the engine's machine has for it. */
  const seen = new Map<string, string>();
  const processes = async () => {
    const { docker } = lab.settings.engine;
    const filters = { label: [`${LABEL.project}=${lab.settings.projectId}`] };
    for (const { Id: id } of await docker.listContainers({ filters })) {
      const { Processes: rows } = await docker.getContainer(id).top({ ps_args: "-eo pid,args" });
      for (const [pid, args] of rows) seen.set(pid, args);
    }
    return [...seen.values()];
  };

  // The length of the environment and of arguments moves the stack, and with it what a program takes (Mytkowicz et al. 2009).
  it("has the same length for nodes whose ids have not", async () => {
    const command = `sizes() {
      env | wc -c; env | wc -l; hostname | wc -c; cat /etc/hosts | wc -c; tr -d '\\0' < /proc/$$/cmdline | wc -c
      cat /proc/1/cmdline | wc -c; pwd | wc -c; cat /proc/self/mountinfo | wc -l; echo $LOOPTY_METRICS | wc -c
    }
    (echo 'n,bytes'; sizes | cat -n | tr -s ' \\t' ' ' | sed 's/^ //; s/ /,/') > $LOOPTY_METRICS`;
    const sizes = async (id: string) => {
      const run = await runAs(id, await builtAs(id), command);
      if (run.kind === "failed") throw new Error(run.reason);
      return run.table.rows.flatMap(({ values }) => values);
    };
    const parent = await sizes("1");
    expect(parent).toHaveLength(9);
    expect(Math.min(...parent)).toBeGreaterThan(0);
    expect(await sizes("1.3.2.117")).toEqual(parent);
  });

  it("goes with all its processes at its time limit, those that left the group and ignore signals too", async () => {
    const command = `trap '' TERM INT HUP
      setsid sh -c "trap '' TERM INT HUP; exec sleep 71" &
      (setsid sh -c "trap '' TERM INT HUP; while :; do sleep 0.2; done" > /dev/null 2>&1 &)
      sleep 72`;
    const running = runAs("1", lab.snapshot.imageId, command, 3000);
    await expect
      .poll(processes, { timeout: 10_000 })
      .toEqual(expect.arrayContaining(["sleep 71", "sleep 72", "sleep 0.2"]));
    expect(await running).toMatchObject({
      kind: "failed",
      verdict: "timeout",
      reason: "the benchmark took longer than 3 s",
    });
    expect(await lab.left()).toMatchObject({ containers: 0 });
    expect([...seen].filter(([pid]) => existsSync(`/proc/${pid}`))).toEqual([]);
  });
});
