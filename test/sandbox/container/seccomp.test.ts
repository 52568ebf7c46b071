import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SECCOMP_PROFILE } from "../../../src/sandbox/container/seccomp.ts";

const argumentSchema = z.discriminatedUnion("op", [
  z.strictObject({ index: z.int(), value: z.int(), op: z.literal("SCMP_CMP_EQ") }),
  z.strictObject({
    index: z.int(),
    value: z.int(),
    valueTwo: z.int(),
    op: z.literal("SCMP_CMP_MASKED_EQ"),
  }),
]);
const conditionSchema = z.strictObject({
  arches: z.array(z.string()).optional(),
  minKernel: z.literal("4.8").optional(),
});
const ruleSchema = z.strictObject({
  comment: z.string(),
  names: z.array(z.string()).min(1),
  action: z.enum(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"]),
  errnoRet: z.int().optional(),
  args: z.array(argumentSchema).min(1).max(3).optional(),
  includes: conditionSchema.optional(),
  excludes: conditionSchema.optional(),
});
// Strict: no rule may depend on a capability, since these containers have none.
const profileSchema = z.strictObject({
  defaultAction: z.literal("SCMP_ACT_ERRNO"),
  defaultErrnoRet: z.literal(1),
  archMap: z.array(
    z.strictObject({ architecture: z.string(), subArchitectures: z.array(z.string()) }),
  ),
  syscalls: z.array(ruleSchema),
});

const profile = profileSchema.parse(JSON.parse(SECCOMP_PROFILE));

/** Whether a call with these arguments passes, as the kernel decides: on 64 bits, and any rule that matches is enough. */
function allows(name: string, args: readonly bigint[] = [], arch = "amd64"): boolean {
  const rules = profile.syscalls.filter(
    ({ names, includes, excludes }) =>
      names.includes(name) &&
      (includes?.arches?.includes(arch) ?? true) &&
      !(excludes?.arches?.includes(arch) ?? false),
  );
  return rules.some(
    ({ action, args: wanted = [] }) =>
      action === "SCMP_ACT_ALLOW" &&
      wanted.every((argument) => {
        const given = args[argument.index] ?? 0n;
        return argument.op === "SCMP_CMP_EQ"
          ? given === BigInt(argument.value)
          : (given & BigInt(argument.value)) === BigInt(argument.valueTwo);
      }),
  );
}

const ARCHES = ["amd64", "arm64", "s390x"];

describe("the system calls of a container that may run agent code", () => {
  it.each([
    ..."io_uring_setup io_uring_enter io_uring_register socketcall clone3".split(" "),
    ..."keyctl add_key request_key bpf perf_event_open userfaultfd".split(" "),
    ..."unshare setns mount umount2 move_mount open_tree fsopen fsmount pivot_root chroot".split(
      " ",
    ),
    ..."init_module finit_module kexec_load open_by_handle_at reboot swapon syslog".split(" "),
  ])("do not have %s, whatever its arguments", (name) => {
    expect(profile.syscalls.filter((rule) => rule.names.includes(name))).not.toContainEqual(
      expect.objectContaining({ action: "SCMP_ACT_ALLOW" }),
    );
  });

  it("take advice on memory by a list, in which nothing empties the page cache", () => {
    const advice = fc.oneof(
      fc.bigInt({ min: 0n, max: 128n }),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    );
    const evicting = [20n, 21n, 25n];
    fc.assert(
      fc.property(advice, (value) => {
        if (allows("madvise", [0n, 4096n, value])) expect(evicting).not.toContain(value);
      }),
      { numRuns: 500 },
    );
    // What malloc, thread stacks and large tables ask for.
    for (const usual of [4n, 8n, 14n, 15n, 16n])
      expect(allows("madvise", [0n, 0n, usual])).toBe(true);
    for (const call of ["process_madvise", "cachestat"]) expect(allows(call)).toBe(false);
  });

  it("take blocks of a disk only where the size shows them, and no asynchronous requests", () => {
    expect([0n, 3n, 16n].map((mode) => allows("fallocate", [3n, mode]))).toEqual([
      true,
      true,
      true,
    ]);
    expect([1n, 17n, 5n].map((mode) => allows("fallocate", [3n, mode]))).toEqual([
      false,
      false,
      false,
    ]);
    expect(allows("io_setup", [1n])).toBe(false);
  });

  it("tell any option of a socket but its number among all sockets of the host", () => {
    const COOKIE = 57n;
    const options = Array.from({ length: 128 }, (_, i) => BigInt(i));
    const told = options.filter((option) => allows("getsockopt", [3n, 1n, option]));
    expect(told).toEqual(options.filter((option) => option !== COOKIE));
    expect(allows("getsockopt", [3n, 1n, (1n << 32n) + COOKIE])).toBe(false);
  });

  it("open TCP and UDP of the internet's families, and of netlink the list of interfaces", () => {
    const opens = (family: bigint, type: bigint, protocol: bigint) =>
      allows("socket", [family, type, protocol]);
    const CLOEXEC = 0o2000000n;
    for (const family of [2n, 10n]) {
      for (const type of [1n, 2n, 1n | CLOEXEC]) {
        expect([0n, 6n, 17n].map((protocol) => opens(family, type, protocol))).not.toContain(false);
        expect([1n, 58n, 132n, 136n, 262n].map((each) => opens(family, type, each))).not.toContain(
          true,
        );
      }
      expect([5n, 6n, 10n].map((type) => opens(family, type, 0n))).not.toContain(true);
    }
    expect([0n, 2n, 16n].map((protocol) => opens(16n, 3n, protocol))).toEqual([true, false, false]);
  });

  it("open sockets of four families, and of no number that the kernel would take for another", () => {
    const families = new Set([1n, 2n, 10n, 16n]);
    const family = fc.oneof(
      fc.bigInt({ min: 0n, max: 64n }),
      fc.bigInt({ min: 0n, max: 64n }).map((low) => (1n << 32n) + low),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    );
    fc.assert(
      fc.property(family, fc.constantFrom(...ARCHES), (number, arch) => {
        expect(allows("socket", [number, 1n], arch)).toBe(families.has(number));
        expect(allows("socketpair", [number], arch)).toBe(number === 1n);
      }),
      { numRuns: 500 },
    );
  });

  it("clone threads and processes, and never into a new namespace", () => {
    const NAMESPACES = [0x20000n, ...[25n, 26n, 27n, 28n, 29n, 30n].map((bit) => 1n << bit)];
    const flags = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(flags, flags, (value, other) => {
        const isNew = NAMESPACES.some((flag) => (value & flag) !== 0n);
        expect(allows("clone", [value, other], "amd64")).toBe(!isNew);
        expect(allows("clone", [other, value], "s390x")).toBe(!isNew);
      }),
      { numRuns: 500 },
    );
    // What pthread_create of glibc asks for.
    expect(allows("clone", [0x3d0f00n])).toBe(true);
  });

  it("answer clone3 as if the kernel had none, so that libraries fall back", () => {
    const [rule] = profile.syscalls.filter(({ names }) => names.includes("clone3"));
    expect(rule).toMatchObject({ action: "SCMP_ACT_ERRNO", errnoRet: 38 });
  });

  it("refuse socketcall by another errno than the default's, or the rules for sockets would let it through", () => {
    const [rule] = profile.syscalls.filter(({ names }) => names.includes("socketcall"));
    expect(rule).toMatchObject({ action: "SCMP_ACT_ERRNO", errnoRet: 38 });
  });

  it("have the 32-bit calls of both architectures under the same rules, and x32 not at all", () => {
    expect(profile.archMap).toEqual([
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    ]);
  });

  it("name each call once, except where its arguments decide", () => {
    const counts = new Map<string, number>();
    for (const { names, args } of profile.syscalls) {
      if (args !== undefined) continue;
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
  });
});
