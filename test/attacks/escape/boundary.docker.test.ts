import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { HEADER, measuring } from "../measuring.ts";

const TIMEOUT_MS = 20_000;
/** Stands for a key in the environment of whoever starts loopty. */
const CANARY = "sk-canary-51c0d3";

describe("the way to the host and to other containers", () => {
  beforeAll(() => {
    process.env.ANTHROPIC_API_KEY ??= CANARY;
    process.env.LOOPTY_CANARY = CANARY;
  });
  afterAll(() => {
    if (process.env.ANTHROPIC_API_KEY === CANARY) delete process.env.ANTHROPIC_API_KEY;
    delete process.env.LOOPTY_CANARY;
  });
  const here = openLaboratory();

  attack(
    {
      case: "45",
      title: "secrets in environments, commands, labels and images",
      outcome: "none anywhere: the harness's environment stays on the host",
    },
    async () => {
      const { session } = await here.agent();
      const search =
        "env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'";
      const { output } = await session.run(search, TIMEOUT_MS);
      const { log } = await measuring(here.lab).verify(search);
      const { docker } = here.lab.settings.engine;
      const filters = { label: [`loopty.project=${here.lab.settings.projectId}`] };
      const containers = await docker.listContainers({ all: true, filters });
      const images = await docker.listImages({ filters });
      const { Volumes: volumes } = await docker.listVolumes({ filters });
      const inspected = await Promise.all([
        ...containers.map(({ Id: id }) => docker.getContainer(id).inspect()),
        ...images.map(({ Id: id }) => docker.getImage(id).inspect()),
        ...images.map(({ Id: id }) => docker.getImage(id).history()),
      ]);
      expect(images.length).toBeGreaterThan(2);
      expect(output).toContain("HOME=/tmp");
      const all = JSON.stringify([output, log.toString(), containers, volumes, inspected]);
      expect(all).toContain("LANG=C.UTF-8");
      expect(all).not.toContain(CANARY);
    },
  );

  attack(
    {
      case: "93",
      title: "shared memory, message queues and abstract sockets between containers",
      outcome: "each container has its own",
    },
    async () => {
      const { session } = await here.agent();
      const open = `python3 - > /tmp/said 2>&1 << 'END' &
import ctypes, socket, time
libc = ctypes.CDLL(None, use_errno=True)
ids = (libc.shmget(0x10097, 4096, 0o1666), libc.semget(0x10097, 1, 0o1666), libc.msgget(0x10097, 0o1666))
listener = socket.socket(socket.AF_UNIX); listener.bind("\\0loopty-93"); listener.listen()
tcp = socket.create_server(("127.0.0.1", 10093))
open("/dev/shm/loopty-93", "w").close()
print(all(i >= 0 for i in ids), flush=True)
time.sleep(30)
END
sleep 0.7; cat /tmp/said`;
      expect((await session.run(open, TIMEOUT_MS)).output).toBe("True\n");
      const look =
        "cat /proc/sysvipc/* | grep -w 65687; grep -a loopty-93 /proc/net/unix; ls /dev/shm; " +
        "python3 -c \"import socket; socket.create_connection(('127.0.0.1', 10093))\" 2>&1 | tail -n 1";
      const seen = await session.run(look, TIMEOUT_MS);
      expect(seen.output.match(/65687/g)).toHaveLength(3);
      expect(seen.output).toContain("@loopty-93");
      const { log } = await measuring(here.lab).verify(look);
      expect(log.toString()).toBe("ConnectionRefusedError: [Errno 111] Connection refused\n");
      await session.run("kill -9 -1", TIMEOUT_MS);
    },
  );

  attack(
    {
      case: "94",
      title: "watching processes of the harness as they enter the container",
      outcome: "no file of the host's is reachable through one of them",
    },
    async () => {
      const { session } = await here.agent();
      // The engine's runtime joins the container before it becomes the command: what it has open must not be seen then.
      const spy = `import glob, os, time
seen, others, end = set(), set(), time.monotonic() + 2.5
while time.monotonic() < end:
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == os.getpid(): continue
        for link in glob.glob("/proc/%s/fd/*" % pid) + ["/proc/%s/%s" % (pid, k) for k in ("exe", "cwd", "root")]:
            try: to, there = os.readlink(link), os.stat(link)
            except OSError: continue
            others.add(pid)
            if not to.startswith("/") or to == "/dev/null": continue
            try: here = os.stat(to)
            except OSError: here = None
            if here is None or not os.path.samestat(here, there) or "runc" in to: seen.add(to)
print(len(others) > 3, *sorted(seen))`;
      const spying = session.run(`exec python3 -c '${spy}'`, TIMEOUT_MS);
      for (let i = 0; i < 12; i++) await session.run("true", TIMEOUT_MS);
      expect((await spying).output).toBe("True\n");
    },
  );

  attack(
    {
      case: "95",
      title: "locks and reading times of protected files, to signal where another node is measured",
      outcome: "not seen there: those containers share no file with an agent's",
    },
    async () => {
      const { session } = await here.agent();
      const times = "stat -c '%n %x %y %z' bench.sh /workspace/Makefile";
      const before = (await session.run(times, TIMEOUT_MS)).output;
      const lock =
        "cat bench.sh Makefile; (flock 9; sleep 30) 9< bench.sh > /dev/null 2>&1 & sleep 0.3";
      await session.run(lock, TIMEOUT_MS);
      const look = `flock -n bench.sh true && echo free || echo taken`;
      expect((await session.run(look, TIMEOUT_MS)).output).toBe("taken\n");
      expect((await measuring(here.lab).verify(look)).log.toString()).toBe("free\n");
      // Their volume is mounted read-only, so that reading leaves no trace either.
      await using other = await here.lab.openAgent();
      expect((await other.session.run(times, TIMEOUT_MS)).output).toBe(before);
      await session.run("kill -9 -1", TIMEOUT_MS);
    },
  );

  attack(
    {
      case: "96",
      title: "processes and names of the host",
      outcome: "out of sight: process ids and the host's name are the container's own",
    },
    async () => {
      const look = "hostname; ls /proc | grep -c '^[0-9]'; cat /proc/[0-9]*/comm | sort -u";
      const { session } = await here.agent();
      const { output } = await session.run(look, TIMEOUT_MS);
      const { log } = await measuring(here.lab).verify(look);
      for (const text of [output, log.toString()]) {
        const [name, count, ...commands] = text.trimEnd().split("\n");
        expect(name).toBe("loopty");
        expect(Number(count)).toBeLessThan(20);
        expect(commands).not.toContain("dockerd");
        expect(commands.join("\n")).toMatch(/docker-init|podman-init/);
      }
    },
  );

  attack(
    {
      case: "97",
      title: "a metrics file whose folder is made a link to one of the host's",
      outcome: "resolved inside the container, where there is none",
    },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "loopty-attack-"));
      try {
        await writeFile(join(folder, "metrics.csv"), `${HEADER}\n1,5\n`);
        const { bench } = measuring(here.lab);
        for (const to of [folder, `../../../..${folder}`, `/proc/1/root${folder}`]) {
          const link = `rmdir out && ln -s ${to} out`;
          const options = { build: "mkdir out", metricsFile: "out/metrics.csv" };
          expect(await bench(link, options)).toMatchObject({
            verdict: "metrics_invalid",
            reason: "the benchmark wrote no metrics file",
          });
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});
