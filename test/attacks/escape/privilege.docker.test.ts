import { beforeAll, describe, expect } from "vitest";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { measuring } from "../measuring.ts";
import { callsProgram, endsOf } from "./call.ts";

const python = (program: string) => `python3 - << 'END'\n${program}END\n`;

const NAMESPACES = { user: 0x1000_0000, mount: 0x20000, net: 0x4000_0000, pid: 0x2000_0000 };

const MOUNTS = callsProgram({
  umount: 'libc.umount2(b"/workspace/bench.sh", 2)',
  "umount of a mask": 'libc.umount2(b"/proc/kcore", 2)',
  remount: 'libc.mount(b"none", b"/workspace/bench.sh", None, 0x1020, None)',
  bind: 'libc.mount(b"/tmp", b"/workspace/src", None, 0x1000, None)',
  move: 'libc.mount(b"/workspace/src", b"/tmp", None, 0x2000, None)',
  tmpfs: 'libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)',
  overlay: 'libc.mount(b"none", b"/tmp", b"overlay", 0, b"lowerdir=/,upperdir=/tmp")',
  proc: 'libc.mount(b"none", b"/tmp", b"proc", 0, None)',
  pivot_root: 'libc.pivot_root(b"/tmp", b"/tmp")',
  chroot: 'libc.chroot(b"/tmp")',
  open_tree: 'call(428, -100, b"/workspace/src", 1)',
  move_mount: 'call(429, -100, b"/workspace/src", -100, b"/tmp", 0)',
  fsopen: 'call(430, b"tmpfs", 0)',
  mount_setattr: 'call(442, -100, b"/workspace/bench.sh", 0, bytes(32), 32)',
});

const SPACES = callsProgram({
  ...Object.fromEntries(
    Object.entries(NAMESPACES).flatMap(([name, flag]) => [
      [`unshare ${name}`, `libc.unshare(${flag})`],
      [`clone ${name}`, `call(numbered(56, 220), ${flag + 17}, 0, 0, 0, 0)`],
    ]),
  ),
  "setns of process 1": 'libc.setns(os.open("/proc/self/ns/net", os.O_RDONLY), 0)',
  clone3: `call(435, (${NAMESPACES.user}).to_bytes(8, "little") + bytes(56), 64)`,
});

const DOORS = callsProgram({
  AF_ALG: "socket.socket(38, socket.SOCK_SEQPACKET)",
  AF_VSOCK: "socket.socket(40, socket.SOCK_STREAM)",
  "AF_VSOCK with a high bit": "call(numbered(41, 198), (1 << 32) + 40, 1, 0)",
  AF_PACKET: "socket.socket(17, socket.SOCK_RAW)",
  io_uring_setup: "call(425, 1, bytes(256))",
  keyctl: "call(numbered(250, 219), 0, -3, 0)",
  add_key: 'call(numbered(248, 217), b"user", b"a", b"b", 1, -3)',
  bpf: "call(numbered(321, 280), 0, bytes(128), 128)",
  perf_event_open: "call(numbered(298, 241), bytes(128), 0, -1, -1, 0)",
  userfaultfd: "call(numbered(323, 282), 0)",
});

/** Queues and requests whose memory no limit of a container counts, and blocks that no size shows. */
const UNCOUNTED = callsProgram({
  "ping socket": "socket.socket(2, 2, 1)",
  "ping socket of IPv6": "socket.socket(10, 2, 58)",
  "UDP-Lite": "socket.socket(2, 2, 136)",
  MPTCP: "socket.socket(2, 1, 262)",
  SCTP: "socket.socket(2, 5, 0)",
  DCCP: "socket.socket(2, 6, 33)",
  NETLINK_USERSOCK: "socket.socket(16, 3, 2)",
  NETLINK_GENERIC: "socket.socket(16, 3, 16)",
  io_setup: "call(numbered(206, 0), 60000, bytearray(8) and bytes(8))",
  "fallocate KEEP_SIZE":
    'call(numbered(285, 47), os.open("/workspace/src/blocks", os.O_CREAT | os.O_RDWR), 1, 0, 1 << 30)',
});

/** Whether a page of a file that it made itself can be put out of the page cache, by any advice there is. */
const EVICTION = `import ctypes, mmap, os
libc = ctypes.CDLL(None)
fd = os.open("/workspace/src/cached", os.O_CREAT | os.O_RDWR)
os.write(fd, bytes(64 << 12)); os.fsync(fd)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
at = libc.mmap(None, 64 << 12, 1, 1, fd, 0)
def cached():
    seen = ctypes.create_string_buffer(64)
    libc.mincore(ctypes.c_void_p(at), ctypes.c_size_t(64 << 12), seen)
    return sum(byte & 1 for byte in seen.raw)
def touch(): ctypes.string_at(at, 64 << 12)
touch(); before = cached()
class Vector(ctypes.Structure): _fields_ = [("at", ctypes.c_void_p), ("length", ctypes.c_size_t)]
whole = Vector(at, 64 << 12)
me = libc.syscall(434, os.getpid(), 0)
for advice in (20, 21):
    touch(); libc.madvise(ctypes.c_void_p(at), ctypes.c_size_t(64 << 12), advice)
    libc.syscall(440, me, ctypes.byref(whole), ctypes.c_size_t(1), advice, 0)
advised = cached()
touch(); libc.madvise(ctypes.c_void_p(at), ctypes.c_size_t(64 << 12), 4)
os.posix_fadvise(fd, 0, 0, 4)
print(before, advised, cached())
os.unlink("/workspace/src/cached")
`;

/** What of the whole host's counting may be read: the bytes of each, and how a socket's number is told. */
const COUNTED = `import glob, os, socket
paths = ["/proc/interrupts", "/proc/vmstat", "/proc/zoneinfo", "/proc/softirqs", "/proc/schedstat", "/proc/diskstats"]
for pattern in ("/sys/kernel/mm/transparent_hugepage/*/stats/*", "/sys/devices/system/node/*/numastat",
                "/sys/devices/system/node/*/vmstat", "/sys/fs/ext4/*/*", "/proc/fs/*/*/*", "/sys/kernel/mm/ksm/*"):
    paths += glob.glob(pattern)
for path in paths:
    try:
        with open(path) as file:
            if file.read(): print("read", path)
    except OSError: pass
with socket.socket() as s:
    print("kind", s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
    for option in (57, 57 + (1 << 31)):
        try: print("cookie", s.getsockopt(socket.SOL_SOCKET, option, 8) != b"")
        except (OSError, OverflowError): pass
import ctypes
libc = ctypes.CDLL(None)
with socket.socket() as s:
    told, size = ctypes.create_string_buffer(8), ctypes.c_int(8)
    if libc.syscall(55 if os.uname().machine == "x86_64" else 209, ctypes.c_long(s.fileno()), ctypes.c_long(1),
                    ctypes.c_long((1 << 32) + 57), told, ctypes.byref(size)) == 0: print("cookie by a high bit")
`;

const NETWORK = `import os, socket
print(*os.listdir("/sys/class/net"), *open("/proc/net/route").readlines()[1:])
for host, port in (("169.254.169.254", 80), ("172.17.0.1", 2375), ("192.168.65.7", 2375), ("1.1.1.1", 53)):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_INET, kind) as s:
                s.settimeout(2)
                s.connect((host, port))
                print("reached", host)
        except OSError: pass
try: print("resolved", socket.getaddrinfo("example.com", 80))
except OSError: pass
`;

const SWITCHES = `for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname \\
  /proc/sys/vm/drop_caches /proc/irq/default_smp_affinity /proc/bus/pci/devices \\
  /sys/kernel/mm/transparent_hugepage/enabled /sys/power/state /sys/class/net/lo/mtu; do
  ( echo 1 > $f ) 2>/dev/null && echo wrote $f
done
for f in /proc/kcore /proc/keys /proc/timer_list /proc/kmsg; do
  [ "$(head -c 1 $f 2>/dev/null | wc -c)" = 0 ] || echo read $f
done
ls /sys/firmware /proc/scsi /proc/acpi 2>/dev/null | grep -v :$ | grep .
true`;

const CGROUPS = `find /sys/fs/cgroup \\( -name 'memory.*' -o -name 'pids.*' -o -name 'cpuset.*' -o -name 'cgroup.*' \\
  -o -name tasks -o -name release_agent -o -name notify_on_release \\) 2>/dev/null > /tmp/knobs
[ -s /tmp/knobs ] && echo some
while read -r knob; do ( echo 1 > "$knob" ) 2>/dev/null && echo wrote "$knob"; done < /tmp/knobs
find /sys/fs/cgroup -type d 2>/dev/null | while read -r d; do
  mkdir "$d/own" 2>/dev/null && echo made "$d"
done
rm /tmp/knobs`;

const DEVICES = `mknod /tmp/disk b 8 0 2>/dev/null && echo made a block device
mknod /tmp/mem c 1 1 2>/dev/null && echo made a character device
find /dev -type b
find /dev -type c -not -path '/dev/pts/*' | sort`;

// What may be written outside of the workspace and of what lives in memory.
const WRITABLE = `find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /workspace -o -path /tmp -o -path /var/tmp \\) \\
  -prune -o ! -type l -writable -print 2>/dev/null
ls -A $HOME`;

/** By the number of the attack. Every one of them leaves things as they were. */
const PROBES = {
  37: python(MOUNTS),
  38: python(SPACES),
  41: "stat -c '%a %u' /usr/bin/rootid; rootid -u; grep NoNewPrivs /proc/self/status",
  42: SWITCHES,
  43: python(DOORS),
  44: python(NETWORK),
  90: CGROUPS,
  91: DEVICES,
  92: WRITABLE,
  137: python(UNCOUNTED),
  138: python(EVICTION),
  142: python(COUNTED),
} as const;

describe("more rights than were given", () => {
  const here = openLaboratory({
    // What a careless image may hold: a program that runs as root, whoever starts it.
    setup: "cp /usr/bin/id /usr/bin/rootid && chmod 4755 /usr/bin/rootid",
  });
  /** What each probe printed in the container of an agent, of a build, of verify and of a benchmark. */
  let printed: readonly ReadonlyMap<string, string>[];
  beforeAll(async () => {
    const script = Object.entries(PROBES)
      .map(([number, command]) => `echo '=== ${number}'\n(\n${command}\n)`)
      .join("\n");
    const { session } = await here.agent();
    const { output } = await session.run(script, 60_000);
    const { verify, bench } = measuring(here.lab);
    const builds = [here.lab.build(script), verify(script), bench(script)];
    const logs = await Promise.all(builds.map(async (run) => (await run).log.toString()));
    printed = [output, ...logs].map(
      (text) =>
        new Map(
          text.split(/^=== /m).map((part) => {
            const [number = "", ...rest] = part.split("\n");
            return [number, rest.join("\n")];
          }),
        ),
    );
  });
  const everywhere = (number: keyof typeof PROBES) =>
    printed.map((parts) => parts.get(String(number)));
  /** Of system calls: none may have worked. */
  const expectRefused = (number: keyof typeof PROBES, count: number) => {
    for (const output of everywhere(number)) {
      const ends = Object.entries(endsOf(output ?? ""));
      expect(ends).toHaveLength(count);
      expect(
        ends.filter(([, end]) => !/^(EPERM|ENOSYS|EAFNOSUPPORT|ENOTSUP|EOPNOTSUPP)$/.test(end)),
      ).toEqual([]);
    }
  };

  attack(
    {
      case: "37",
      title: "umount, remount, bind, move or mask a mount",
      outcome: "refused, by the old system calls and by the new",
    },
    () => expectRefused(37, 14),
  );

  attack(
    {
      case: "38",
      title: "namespaces of its own, in which it would be root",
      outcome: "refused by the list of system calls",
    },
    () => expectRefused(38, 10),
  );

  attack(
    {
      case: "41",
      title: "a setuid program of the image",
      outcome: "runs as whoever starts it",
    },
    () => {
      const users = [10001, 10002, 10002, 10002];
      expect(everywhere(41)).toEqual(users.map((uid) => `4755 0\n${uid}\nNoNewPrivs:\t1\n`));
    },
  );

  attack(
    {
      case: "42",
      title: "the kernel's own switches in /proc and /sys",
      outcome: "read-only, empty or absent",
    },
    () => expect(everywhere(42)).toEqual(new Array(4).fill("")),
  );

  attack(
    {
      case: "43",
      title: "sockets of AF_ALG and AF_VSOCK, io_uring, keyrings, bpf, perf",
      outcome: "refused by the list of system calls",
    },
    () => expectRefused(43, 10),
  );

  attack(
    {
      case: "44",
      title: "the cloud's metadata, the engine's gateway, a resolver",
      outcome: "no way there: loopback is the only network",
    },
    () => expect(everywhere(44)).toEqual(new Array(4).fill("lo\n")),
  );

  attack(
    {
      case: "90",
      title: "control groups: raising its own limits, a release agent",
      outcome: "read-only",
    },
    () => expect(everywhere(90)).toEqual(new Array(4).fill("some\n")),
  );

  attack(
    {
      case: "91",
      title: "devices: made, opened, or left by the engine",
      outcome: "only the harmless ones are there, and no other can be made",
    },
    () => {
      const names = ["full", "null", "random", "tty", "urandom", "zero"];
      const devices = names.map((name) => `/dev/${name}\n`).join("");
      expect(everywhere(91)).toEqual(new Array(4).fill(devices));
    },
  );

  attack(
    {
      case: "92",
      title: "programs, libraries and start-up files that later steps would run",
      outcome: "none may be written, and the home folder is new each time",
    },
    () => {
      const [agent, ...others] = everywhere(92);
      // Its notes are an agent's to write. No later step has them but agents.
      expect(agent).toBe("/run/lock\n/loopty/notes\n");
      expect(others).toEqual(new Array(3).fill("/run/lock\n"));
    },
  );

  attack(
    {
      case: "137",
      title:
        "kernel memory that no limit counts: odd sockets, asynchronous requests, hidden blocks",
      outcome: "refused: TCP, UDP, unix and NETLINK_ROUTE alone, threads instead, sizes that show",
    },
    () => expectRefused(137, 10),
  );

  attack(
    {
      case: "138",
      title: "putting pages of its own files out of the page cache, as a message to the next run",
      outcome: "no advice does: what is cached stays, for whoever owns the file",
    },
    () => {
      expect(everywhere(138)).toEqual(everywhere(138).map(() => "64 64 64\n"));
    },
  );

  attack(
    {
      case: "142",
      title: "a message to the next run in what the kernel counts for the whole host",
      outcome: "huge pages, pages, interrupts, blocks and sockets are counted out of sight",
    },
    () => expect(everywhere(142)).toEqual(new Array(4).fill("kind 1\n")),
  );
});
