import { afterEach, describe, expect } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import { DockerSandbox } from "../../../src/sandbox/docker-sandbox.ts";
import { findImage } from "../../../src/sandbox/image/image.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { HEADER, measuring } from "../measuring.ts";
import { lifeMs, slowestAnswerMs, TICK, WITHIN_MS } from "./moment.ts";

const MIB = 1024 * 1024;

/** One attack for every limit: what becomes of it, how soon, and that nothing stays behind. */
describe("the limits of a container", () => {
  const here = openLaboratory({
    limits: { memoryBytes: 64 * MIB, pids: 32, diskBytes: 48 * MIB },
  });
  // Whatever ran is gone with its container; the lab's volume of protected files stays.
  afterEach(async () => {
    expect(await here.lab.left()).toEqual({ containers: 0, volumes: 1 });
  });

  const FLOOD_BYTES = 16 * MIB;
  // 4,096 folders are as much as that; then it goes on slowly, and tells the time.
  const flood = (folder: string) => `exec python3 -c 'import itertools, os, time
for i in itertools.count():
    os.mkdir("${folder}/d%d" % i)
    if i > 4200: time.sleep(0.001)
    if i > 4200 and i % 100 == 0: print(int(time.time() * 1000), flush=True)'`;

  // Every process goes on forking; the first one tells once what the kernel counted.
  const FORK_BOMB = `python3 -c '
import os, time
def pids(name):
    for folder in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        try: return open(folder + "/pids." + name).read().strip()
        except OSError: pass
first, told, start = os.getpid(), False, time.monotonic()
while True:
    try: os.fork()
    except OSError: time.sleep(0.01)
    if os.getpid() == first and not told and time.monotonic() > start + 0.5:
        told = True
        print("limit", pids("max"), "forks refused", pids("events") != "max 0", flush=True)'`;

  attack(
    {
      case: "24",
      title: "a fork bomb",
      outcome: "held by the limit of processes, and ended with its container in time",
    },
    async () => {
      const { verify } = measuring(here.lab);
      await verify("true");
      const startMs = Date.now();
      const attacked = verify(FORK_BOMB, { timeoutMs: 1500 });
      const slowestMs = await slowestAnswerMs(here.lab.settings.engine, attacked);
      const { log, ...outcome } = await attacked;
      expect(outcome).toMatchObject({
        verdict: "timeout",
        reason: "verify took longer than 1.5 s",
      });
      expect(log.toString()).toBe("limit 32 forks refused True\n");
      expect(Date.now() - startMs).toBeLessThan(1500 + WITHIN_MS);
      expect(slowestMs).toBeLessThan(WITHIN_MS);
    },
  );

  attack(
    {
      case: "26",
      title: "a process that takes more memory than there is",
      outcome: "out_of_memory, in build, verify and benchmark",
    },
    async () => {
      const { verify, bench } = measuring(here.lab);
      await verify("true");
      const hog = "date +%s%3N; exec python3 -c 'bytearray(1 << 30)'";
      for (const run of [() => here.lab.build(hog), () => verify(hog), () => bench(hog)]) {
        const { log, ...outcome } = await run();
        expect(outcome).toMatchObject({ kind: "failed", verdict: "out_of_memory" });
        expect(Date.now() - Number(log)).toBeLessThan(WITHIN_MS);
      }
    },
  );

  attack(
    {
      case: "27",
      title: "filling /tmp, /var/tmp and /dev/shm",
      outcome: "each ends at its size, and together they are the container's memory",
    },
    async () => {
      const { verify } = measuring(here.lab);
      const fill = (folder: string) =>
        `head -c 1G /dev/zero > ${folder}/x; stat -c %s ${folder}/x; rm ${folder}/x`;
      const apart = await verify(["/tmp", "/var/tmp"].map(fill).join("; "));
      expect(apart.log.toString().match(/^\d+$/gm)).toEqual([`${32 * MIB}`, `${32 * MIB}`]);
      expect(apart.log.toString()).toContain("No space left on device");
      const together = `import time
print(int(time.time() * 1000), flush=True)
for folder in ("/tmp", "/var/tmp", "/dev/shm"):
    with open(folder + "/x", "wb") as out:
        try:
            while True: out.write(bytes(65536))
        except OSError: pass`;
      const { log, ...outcome } = await verify(`exec python3 -c '${together}'`);
      expect(outcome).toMatchObject({ verdict: "out_of_memory" });
      expect(Date.now() - Number(log)).toBeLessThan(WITHIN_MS);
    },
  );

  attack(
    {
      case: "28",
      title: "filling the disk with files",
      outcome: "ended by the watchdog, and no image is made of it",
    },
    async () => {
      const node = parseId("1.28");
      const fill = `for i in 1 2 3; do head -c 30M /dev/zero > f$i; done; ${TICK}`;
      const { log = Buffer.alloc(0), ...outcome } = await here.lab.build(fill, { node });
      expect(outcome).toMatchObject({
        verdict: "build_failed",
        reason: "the build wrote more than sandbox.disk allows",
      });
      expect(lifeMs(log)).toBeLessThan(WITHIN_MS);
      const { engine, repository } = here.lab.settings;
      expect(await findImage(engine, `${repository}:${node}-built`)).toBeNull();
    },
  );

  attack(
    {
      case: "29",
      title: "printing without end",
      outcome: "ended at 128 MiB; head and tail are kept, and the engine answers all the while",
    },
    async () => {
      const { verify } = measuring(here.lab);
      await verify("true");
      const print = (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' x; echo`;
      // The time just before the limit is crossed is in the tail that is kept, however soon the end comes.
      const flood = [print(128 * MIB - 100_000), "date +%s%3N", print(200_000), TICK].join("\n");
      const attacked = verify(flood, { timeoutMs: 120_000 });
      const slowestMs = await slowestAnswerMs(here.lab.settings.engine, attacked);
      const { log, ...outcome } = await attacked;
      expect(outcome).toMatchObject({
        verdict: "verify_failed",
        reason: "verify printed more than 128 MiB",
      });
      expect(log.length).toBeLessThan(MIB + 100);
      expect(lifeMs(log)).toBeLessThan(WITHIN_MS);
      expect(slowestMs).toBeLessThan(WITHIN_MS);
    },
  );

  attack(
    {
      case: "80",
      title: "filling the disk with folders, which have no size",
      outcome: "counted, and ended by the watchdog",
    },
    async () => {
      const { settings, base } = here.lab;
      const limits = { ...settings.limits, diskBytes: FLOOD_BYTES };
      await using sandbox = new DockerSandbox({ ...settings, limits }, base);
      const { verify } = measuring({ ...here.lab, sandbox });
      const { log, ...outcome } = await verify(flood("."));
      expect(outcome).toMatchObject({
        verdict: "verify_failed",
        reason: "verify wrote more than sandbox.disk allows",
      });
      // To count them the engine goes through the whole image, which takes it long on a busy machine.
      expect(lifeMs(log)).toBeLessThan(3 * WITHIN_MS);
    },
  );

  attack(
    {
      case: "81",
      title: "one file larger than the disk",
      outcome: "the kernel writes no byte more",
    },
    async () => {
      const { verify } = measuring(here.lab);
      const { log, ...outcome } = await verify(
        "truncate -s 1T f; head -c 60M /dev/zero > f; stat -c %s f; exit 9",
      );
      expect(outcome).toMatchObject({ verdict: "verify_failed", reason: "verify exited with 9" });
      expect(log.toString()).toMatch(/File (too large|size limit exceeded)[\s\S]*\n50331648\n$/);
    },
  );

  attack(
    {
      case: "82",
      title: "more rows of metrics than a table may have",
      outcome: "metrics_invalid",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const rows = `(echo '${HEADER}'; seq -f '%.0f,1' 1 100001) > $LOOPTY_METRICS; date +%s%3N`;
      const { log, ...outcome } = await bench(rows);
      expect(outcome).toMatchObject({
        verdict: "metrics_invalid",
        reason: "line 100002: more than 100000 rows",
      });
      expect(Date.now() - Number(log)).toBeLessThan(WITHIN_MS);
    },
  );

  attack(
    {
      case: "85",
      title: "filling an agent's volume with folders that only the agent may enter",
      outcome: "counted from outside, and ended by the watchdog",
    },
    async () => {
      await using agent = await here.lab.openAgent({}, { diskBytes: FLOOD_BYTES });
      const ended = new Promise<number>((resolve) => {
        agent.limit.addEventListener("abort", () => resolve(Date.now()));
      });
      const startMs = Date.now();
      await agent.session.run(`mkdir -m 700 src/own; ${flood("src/own")}`, 60_000).catch(() => {});
      expect((await ended) - startMs).toBeLessThan(6 * WITHIN_MS);
      expect(agent.limit.reason).toMatch(/^wrote \d+ bytes, more than sandbox.disk \(16777216\)$/);
      const { containers } = await here.lab.left();
      // The agent's, which is ended, and the one that its volume is read through.
      expect(containers).toBe(2);
    },
  );
});
