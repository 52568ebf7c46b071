import { describe, expect } from "vitest";
import { waysThatWork } from "../../docker/attack.ts";
import { dockerRun, readImage } from "../../docker/container.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { measuring } from "../measuring.ts";

const TIMEOUT_MS = 60_000;
// Put together at the time, or the search would find itself.
const SEARCH = `printf 's3cr3t-%s' 8d1f > /tmp/word
find / -xdev \\( -name expected.txt -o -name answer.ref -o -name oracle -o -name kept \\) -print 2>/dev/null
grep -rlasf /tmp/word /workspace /run /etc /home /root /opt /srv /dev/shm /tmp --exclude=word
grep -lasf /tmp/word /proc/[0-9]*/environ /proc/[0-9]*/cmdline
ls -l /proc/[0-9]*/fd 2>/dev/null | grep oracle
ls /proc/[0-9]*/root/workspace/oracle 2>/dev/null
true`;

describe("the hidden and the protected files", () => {
  const here = openLaboratory();

  attack(
    {
      case: "46",
      title: "changing, moving or replacing a protected file",
      outcome: "denied to agent and build, and the built image holds it as it was",
    },
    async () => {
      const { session } = await here.agent();
      const paths = ["bench.sh", "Makefile", "src/keep.h", "src/lib/inner/keep.h"];
      for (const path of paths)
        expect([path, await waysThatWork(session, path)]).toEqual([path, []]);
      const build = paths
        .flatMap((path) => [
          `echo x >> ${path}`,
          `rm -f ${path}`,
          `mv ${path} moved`,
          `chmod 777 ${path}`,
        ])
        .map((command) => `( ${command} ) 2>/dev/null && echo did`)
        .join("\n");
      const outcome = await here.lab.build(`${build}\nmv src other; ln -sfn /tmp src; true`);
      if (outcome.kind === "failed") throw new Error(outcome.reason);
      expect(outcome.log.toString()).not.toContain("did");
      const { docker } = here.lab.settings.engine;
      const files = await readImage(docker, outcome.imageId, "/workspace");
      expect(paths.map((path) => files.get(`/workspace/${path}`))).toMatchObject([
        { uid: 0, mode: "755", text: "#!/bin/sh\necho 1\n" },
        { uid: 0, mode: "644", text: "all:\n" },
        { uid: 0, mode: "644", text: "keep\n" },
        { uid: 0, mode: "644", text: "keep\n" },
      ]);
    },
  );

  attack(
    {
      case: "47",
      title: "searching the agent's container, the build and the images for what is hidden",
      outcome: "absent from all of them, not only out of sight",
    },
    async () => {
      const { session } = await here.agent();
      expect((await session.run(SEARCH, TIMEOUT_MS)).output).toBe("");
      expect((await here.lab.build(SEARCH)).log.toString()).toBe("");
      const { docker } = here.lab.settings.engine;
      const image = await here.lab.built("true");
      // As root, who may read everything in it.
      const searched = await dockerRun(docker, image, { User: "0:0", Cmd: ["sh", "-c", SEARCH] });
      expect(searched.stdout).toBe("");
      // The search finds what is there.
      const { log } = await measuring(here.lab).verify(SEARCH);
      expect(log.toString()).toContain("/workspace/oracle/expected.txt");
    },
  );

  attack(
    {
      case: "48",
      title: "copies of the hidden files that verify leaves wherever it may write",
      outcome: "gone with its container: no later build, agent or run has them",
    },
    async () => {
      const { verify, bench } = measuring(here.lab);
      const places = "/workspace /workspace/src /tmp /var/tmp /dev/shm /run/lock";
      const keep = `for d in ${places} "$HOME"; do cp oracle/expected.txt $d/kept || exit 9; done`;
      expect(await verify(keep)).toMatchObject({ kind: "passed" });
      expect((await bench(SEARCH, { hidden: false })).log.toString()).toBe("");
      expect((await here.lab.build(SEARCH)).log.toString()).toBe("");
      await using next = await here.lab.openAgent();
      expect((await next.session.run(SEARCH, TIMEOUT_MS)).output).toBe("");
    },
  );

  attack(
    {
      case: "104",
      title:
        "waiting in an agent's container and in a benchmark while verify has the hidden files open",
      outcome: "neither sees a name, a process or an open file of it",
    },
    async () => {
      const { verify, bench } = measuring(here.lab);
      await verify("true");
      const { session } = await here.agent();
      const wait = `for i in 1 2 3 4; do
${SEARCH}
sleep 0.3; done`;
      const open = "exec 9< oracle/expected.txt; sleep 2.5; cat <&9";
      const [verified, agent, benchmark] = await Promise.all([
        verify(open),
        session.run(wait, TIMEOUT_MS),
        bench(wait, { hidden: false }),
      ]);
      expect(verified).toEqual({ kind: "passed", log: Buffer.from("s3cr3t-8d1f\n") });
      expect([agent.output, benchmark.log.toString()]).toEqual(["", ""]);
    },
  );

  attack(
    {
      case: "122",
      title: "emptying the page cache, to leave a message in it or to slow the parent's next run",
      outcome: "nothing is emptied, by 64-bit and 32-bit calls; the advice is taken and ignored",
    },
    async () => {
      // Of a file of its own the kernel tells what is cached; the files that all containers share are emptied by the same call.
      const { output } = await (await here.agent()).session.run(EMPTY_CACHE, 60_000);
      const [of64, of32 = ""] = output.trim().split("\n");
      expect(of64).toBe("64: 0, 16 of 16 pages");
      // A kernel without 32-bit calls ends the process at the instruction itself.
      expect(["32: 16 of 16 pages", "32: absent"]).toContain(of32);
    },
  );
});

const EMPTY_CACHE = `cd /tmp && cat > empty.c << 'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int cached(int fd) {
  unsigned char pages[16];
  int count = 0;
  void *map = mmap(0, 65536, PROT_READ, MAP_SHARED, fd, 0);
  mincore(map, 65536, pages);
  munmap(map, 65536);
  for (int i = 0; i < 16; i++) count += pages[i] & 1;
  return count;
}

static void absent(int signal) {
  puts("32: absent");
  exit(0);
}

int main(void) {
  static char bytes[65536];
  // Not in /tmp: what lies in memory has no cache to be taken from.
  char name[] = "/workspace/src/cache-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  memset(bytes, 1, sizeof bytes);
  if (write(fd, bytes, sizeof bytes) < 0 || fsync(fd) < 0) return 1;
  int result = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  printf("64: %d, %d of 16 pages\\n", result, cached(fd));
#ifdef __x86_64__
  long ignored;
  signal(SIGSEGV, absent);
  // fadvise64 and fadvise64_64 of i386, for the whole file.
  __asm__ volatile("int $0x80" : "=a"(ignored) : "a"(250), "b"(fd), "c"(0), "d"(0), "S"(0), "D"(4)
                   : "memory", "r8", "r9", "r10", "r11");
  __asm__ volatile("push %%rbp; mov $4, %%ebp; int $0x80; pop %%rbp"
                   : "=a"(ignored) : "a"(272), "b"(fd), "c"(0), "d"(0), "S"(0), "D"(0)
                   : "memory", "r8", "r9", "r10", "r11");
#endif
  printf("32: %d of 16 pages\\n", cached(fd));
  return 0;
}
END
cc -o empty empty.c && ./empty`;
