import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SECCOMP_PROFILE } from "../../../src/sandbox/container/seccomp.ts";
import type { AgentContainer } from "../../../src/sandbox/sandbox.ts";
import { type Lab, openLab } from "../lab.ts";

// Each line of what it prints is a call and how it ended: "works" or the error's name. Numbers, where libc has no name yet or no function.
const PROBE = String.raw`
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *name, long result) {
  printf("%s %s\n", name, result >= 0 ? "works" : strerrorname_np(errno));
}
static void *nothing(void *a) { return a; }

#ifdef __x86_64__
static long call32(long number, long a, long b, long c) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  if (result >= 0) return result;
  errno = -result;
  return -1;
}
static void absent(int signal) {
  puts("32-bit absent");
  exit(0);
}
static void probe32(void) {
  signal(SIGSEGV, absent);
  int *alg = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  alg[0] = AF_ALG, alg[1] = SOCK_SEQPACKET, alg[2] = 0;
  tell("32-bit socketcall", call32(102, 1, (long)alg, 0));
  tell("32-bit AF_VSOCK", call32(359, AF_VSOCK, SOCK_STREAM, 0));
  tell("32-bit unshare", call32(310, CLONE_NEWUSER, 0, 0));
  tell("32-bit io_uring_setup", call32(425, 1, 0, 0));
  tell("32-bit getpid", call32(20, 0, 0, 0));
}
#else
static void probe32(void) {}
#endif

int main(void) {
  char params[256] = {0};
  int pair[2];
  pthread_t thread;
  tell("AF_ALG", socket(AF_ALG, SOCK_SEQPACKET, 0));
  tell("AF_VSOCK", socket(AF_VSOCK, SOCK_STREAM, 0));
  tell("AF_VSOCK with a high bit", syscall(SYS_socket, (1L << 32) + AF_VSOCK, SOCK_STREAM, 0));
  tell("AF_PACKET", socket(AF_PACKET, SOCK_RAW, 0));
  tell("io_uring_setup", syscall(425, 1, params));
  tell("io_uring_enter", syscall(426, 0, 0, 0, 0, 0, 0));
  tell("io_uring_register", syscall(427, 0, 0, 0, 0));
  tell("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  tell("add_key", syscall(SYS_add_key, "user", "a", "b", 1, -3));
  tell("bpf", syscall(SYS_bpf, 0, params, sizeof params));
  tell("unshare", unshare(CLONE_NEWUSER));
  tell("clone3", syscall(SYS_clone3, params, 64));
  tell("AF_UNIX", socket(AF_UNIX, SOCK_STREAM, 0));
  tell("AF_INET", socket(AF_INET, SOCK_STREAM, 0));
  tell("AF_INET6", socket(AF_INET6, SOCK_DGRAM, 0));
  tell("AF_NETLINK", socket(AF_NETLINK, SOCK_RAW, 0));
  tell("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  tell("thread", -pthread_create(&thread, 0, nothing, 0));
  probe32();
}
`;

const REFUSED = {
  AF_ALG: "EPERM",
  AF_VSOCK: "EPERM",
  "AF_VSOCK with a high bit": "EPERM",
  AF_PACKET: "EPERM",
  io_uring_setup: "EPERM",
  io_uring_enter: "EPERM",
  io_uring_register: "EPERM",
  keyctl: "EPERM",
  add_key: "EPERM",
  bpf: "EPERM",
  unshare: "EPERM",
  clone3: "ENOSYS",
};
const ALLOWED = ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "socketpair", "thread"];
const REFUSED_32 = {
  "32-bit socketcall": "ENOSYS",
  "32-bit AF_VSOCK": "EPERM",
  "32-bit unshare": "EPERM",
  "32-bit io_uring_setup": "EPERM",
  "32-bit getpid": "works",
};
/** Of a kernel without 32-bit calls, as on some virtual machines: the instruction itself ends the process. */
const ABSENT_32 = { "32-bit": "absent" };

describe("system calls in an agent's container", () => {
  let lab: Lab;
  let agent: AgentContainer;
  beforeAll(async () => {
    lab = await openLab({
      files: { "probe.c": PROBE, "src/a": "" },
      access: { writable: ["src/"] },
    });
    agent = await lab.openAgent();
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  it("are those of the package's profile, not of the engine's", async () => {
    const filters = { label: [`loopty.project=${lab.settings.projectId}`, "loopty.phase=agent"] };
    const { docker, kind } = lab.settings.engine;
    const [info] = await docker.listContainers({ filters });
    const { HostConfig: host } = await docker.getContainer(info?.Id ?? "").inspect();
    expect(host.SecurityOpt).toContainEqual(
      kind === "docker"
        ? `seccomp=${SECCOMP_PROFILE}`
        : expect.stringMatching(/^seccomp=\/.*\/seccomp\.json$/),
    );
  });

  it("do not reach AF_ALG, AF_VSOCK, io_uring, keys or namespaces, by 64 bits or by 32", async () => {
    const command = "gcc -O1 -o /tmp/probe probe.c -lpthread && /tmp/probe";
    const { output } = await agent.session.run(command, 60_000);
    const found = output.trimEnd().split("\n");
    const ends = Object.fromEntries(
      found.map((line) => [
        line.slice(0, line.lastIndexOf(" ")),
        line.slice(line.lastIndexOf(" ") + 1),
      ]),
    );
    const { output: machine } = await agent.session.run("uname -m", 60_000);
    const of32 = ends["32-bit"] === "absent" ? ABSENT_32 : REFUSED_32;
    expect(ends).toEqual({
      ...REFUSED,
      ...Object.fromEntries(ALLOWED.map((name) => [name, "works"])),
      ...(machine.trim() === "x86_64" ? of32 : {}),
    });
  });

  it.each([
    ["no namespace for unshare", "unshare -Ur true 2>/dev/null || echo refused", "refused"],
    ["make", "printf 'all:\\n\\t@echo made\\n' > /tmp/m && make -j4 -f /tmp/m", "made"],
    [
      "threads of C++",
      "printf '#include <thread>\\nint main(){std::thread([]{}).join();}' > /tmp/t.cc && g++ -pthread -o /tmp/t /tmp/t.cc && /tmp/t && echo joined",
      "joined",
    ],
    [
      "threads, processes and queues of Python",
      `python3 -c "
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import asyncio, multiprocessing, subprocess, tempfile
with ThreadPoolExecutor(8) as pool: threads = sum(pool.map(int, range(8)))
with ProcessPoolExecutor(2) as pool: processes = sum(pool.map(int, range(8)))
queue = multiprocessing.Queue(); queue.put(1)
print(threads, processes, queue.get(), asyncio.run(asyncio.sleep(0, 'slept')), subprocess.check_output(['echo', 'run']).decode().strip())"`,
      "28 28 1 slept run",
    ],
    [
      "workers and files of Node",
      `node -e "
const { Worker } = require('node:worker_threads');
const { execFileSync } = require('node:child_process');
const { promises: fs } = require('node:fs');
new Worker('require(\\'node:worker_threads\\').parentPort.postMessage(7)', { eval: true }).on('message', async (n) => {
  await fs.writeFile('/tmp/n', String(n));
  console.log(await fs.readFile('/tmp/n', 'utf8'), String(execFileSync('echo', ['run'])).trim());
});"`,
      "7 run",
    ],
  ])("leave ordinary work alone: %s", async (_, command, printed) => {
    const { output } = await agent.session.run(command, 60_000);
    expect(output.trimEnd()).toBe(printed);
  });
});
