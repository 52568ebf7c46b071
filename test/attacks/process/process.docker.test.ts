import { describe, expect } from "vitest";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { HEADER, measuring } from "../measuring.ts";
import { WITHIN_MS } from "./moment.ts";

const PROCESSES = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done";

describe("processes of an agent and of the code under test", () => {
  const here = openLaboratory();

  attack(
    {
      case: "25",
      title: "zombies beyond the limit of processes",
      outcome: "reaped by the container's init",
    },
    async () => {
      const { verify } = measuring(here.lab);
      // The limit is 128: without an init every orphan would stay.
      const orphans = `python3 -c 'import os, time
for i in range(200):
    child = os.fork()
    if child == 0:
        if os.fork() == 0: time.sleep(0.01)
        os._exit(0)
    os.waitpid(child, 0)
time.sleep(0.3)'; cat /proc/[0-9]*/stat | grep -c ' Z '`;
      const { log } = await verify(orphans);
      expect(log.toString()).toBe("0\n");
    },
  );

  attack(
    {
      case: "30",
      title: "writing to the outputs of process 1, to forge the container's log",
      outcome: "denied to an agent, and no log is on the engine's host to fill",
    },
    async () => {
      const { session } = await here.agent();
      const forged = await session.run("(echo forged > /proc/1/fd/1) 2>&1", 10_000);
      expect(forged).toMatchObject({ output: expect.stringContaining("Permission denied") });
      const { docker } = here.lab.settings.engine;
      const filters = { label: [`loopty.project=${here.lab.settings.projectId}`] };
      const containers = await docker.listContainers({ all: true, filters });
      expect(containers.length).toBeGreaterThan(0);
      for (const { Id: id } of containers) {
        const { HostConfig: host } = await docker.getContainer(id).inspect();
        expect(host.LogConfig).toMatchObject({ Type: "none" });
      }
    },
  );

  attack(
    {
      case: "31",
      title: "a daemon left behind by the agent and by the build",
      outcome: "in no container that comes after",
    },
    async () => {
      const { session } = await here.agent();
      await session.run("setsid sleep 931 >/dev/null 2>&1 &", 10_000);
      expect((await session.run(PROCESSES, 10_000)).output).toContain("sleep 931");
      const { verify, bench } = measuring(here.lab);
      const build = "setsid sleep 932 & sleep 0.1";
      for (const run of [verify, bench]) {
        const { log } = await run(PROCESSES, { build });
        expect(log.toString()).toMatch(/docker-init|podman-init/);
        expect(log.toString()).not.toMatch(/sleep 93/);
      }
    },
  );

  attack(
    {
      case: "32",
      title: "processes that ignore signals, in sessions of their own",
      outcome: "ended at the time limit, all of them",
    },
    async () => {
      const stubborn = "trap '' TERM INT HUP; setsid sleep 941 & exec setsid -w sleep 942";
      const { session } = await here.agent();
      const startMs = Date.now();
      expect(await session.run(stubborn, 1000)).toMatchObject({ exitCode: null, timedOut: true });
      expect((await session.run(PROCESSES, 10_000)).output).not.toMatch(/sleep 94/);
      const { verify } = measuring(here.lab);
      expect(await verify(stubborn, { timeoutMs: 1000 })).toMatchObject({ verdict: "timeout" });
      expect(Date.now() - startMs).toBeLessThan(2000 + 2 * WITHIN_MS);
      const { containers } = await here.lab.left();
      // The agent's, and the one through which its volume is read.
      expect(containers).toBe(2);
    },
  );

  attack(
    {
      case: "33",
      title: "ending before the metrics are whole",
      outcome: "a failure with its reason, whatever rows were written",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const row = `(echo '${HEADER}'; echo 1,5) > $LOOPTY_METRICS`;
      const expected = [
        ["exit 0", "metrics_invalid", "the benchmark wrote no metrics file"],
        [`${row}; exit 3`, "bench_failed", "the benchmark exited with 3"],
        [`${row}; kill -SEGV $$`, "bench_failed", "the benchmark exited with 139"],
      ] as const;
      for (const [command, verdict, reason] of expected) {
        expect(await bench(command)).toMatchObject({ kind: "failed", verdict, reason });
      }
    },
  );

  attack(
    {
      case: "34",
      title: "killing process 1, or everything",
      outcome: "denied to an agent, and never a pass for code under test",
    },
    async () => {
      const { session } = await here.agent();
      const killed = await session.run("kill -9 1 2>&1; kill -9 -1", 10_000);
      expect(killed).toMatchObject({
        output: expect.stringContaining("Operation not permitted"),
      });
      expect(await session.run("echo on", 10_000)).toMatchObject({ output: "on\n" });
      const { verify } = measuring(here.lab);
      // Process 1 takes no signal from inside that it has no handler for, and hands on the others.
      for (const kill of ["kill -9 1; kill -TERM 1", "kill -9 -1"]) {
        const { kind, log } = await verify(`echo begun; ${kill}; sleep 1; exit 1`);
        expect([kind, log.toString()]).toEqual(["failed", "begun\n"]);
      }
    },
  );

  attack(
    {
      case: "35",
      title: "an agent that takes all cpu while another node is measured",
      outcome: "it has none of the cpus that the benchmark runs on",
    },
    async () => {
      const { cpuCount } = here.lab.settings.engine;
      const allowed = "grep Cpus_allowed_list: /proc/self/status | cut -f 2";
      const { session } = await here.agent();
      const agent = (await session.run(allowed, 10_000)).output.trim();
      const { log } = await measuring(here.lab).bench(allowed);
      const benchmark = log.toString().trim();
      expect([agent, benchmark]).toEqual([here.lab.settings.agentCpus, here.lab.measureCpus]);
      if (cpuCount > 1) expect(agent).not.toBe(benchmark);
    },
  );

  attack(
    {
      case: "36",
      title: "core dumps, open files and inherited limits",
      outcome: "no core, a few thousand files, and no way to raise either",
    },
    async () => {
      const { verify } = measuring(here.lab);
      const { log } = await verify(`sh -c 'kill -SEGV $$' 2>/dev/null; ls core* 2>/dev/null
ulimit -Hc; ulimit -c unlimited 2>/dev/null && echo raised
exec python3 -c 'import os, resource
files = []
try:
    while True: files.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error: os.close(files.pop()); print(len(files) < 4096, error.strerror)
for name in ("NOFILE", "FSIZE", "CORE"):
    limit = getattr(resource, "RLIMIT_" + name)
    try: resource.setrlimit(limit, (1 << 40, 1 << 40)); print(name, "raised")
    except (ValueError, PermissionError): pass'`);
      expect(log.toString()).toBe("0\nTrue Too many open files\n");
    },
  );

  attack(
    {
      case: "83",
      title: "printing byte by byte, a frame each",
      outcome: "all of it arrives, and the harness's stack and memory stay small",
    },
    async () => {
      const { session } = await here.agent();
      const drip = `python3 -c 'import os\nfor i in range(100000): os.write(1, b"x")'`;
      const before = process.memoryUsage().rss;
      expect(await session.run(drip, 60_000)).toEqual({
        exitCode: 0,
        output: "x".repeat(100_000),
        timedOut: false,
      });
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    },
  );

  attack(
    {
      case: "84",
      title: "a fork bomb of the agent, still there when the next step comes",
      outcome: "ended with its command's time, and the next step works",
    },
    async () => {
      const { session } = await here.agent();
      const bomb = `exec python3 -c 'import os, time
while True:
    try: os.fork()
    except OSError: time.sleep(0.01)'`;
      expect(await session.run(bomb, 1500)).toMatchObject({ exitCode: null, timedOut: true });
      // That it forks shows that there is room for another process.
      const next = await session.run("sleep 0.1 && echo on", 10_000);
      expect(next).toMatchObject({ exitCode: 0, output: "on\n" });
    },
  );
});
