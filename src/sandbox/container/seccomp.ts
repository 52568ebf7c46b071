import { readFileSync } from "node:fs";

/**
 * The system calls of a container that may run agent code, as the value of the engine's option `seccomp=`. It is in the
 * format of Docker's own profiles, whose conditions on architecture and kernel the engine decides. It allows what
 * Docker's default allows without capabilities, except io_uring, socketcall and every socket family but unix, inet,
 * inet6 and netlink. Advice that empties the page cache is answered as if it were taken: files of an image are cached
 * once for all containers, so the next container would notice what one leaves warm or cold, as a message or as a slower
 * run.
 *
 * A family is compared with those allowed, never with those refused. The filter sees 64 bits of which the kernel takes
 * the lower 32, so 2^32 + 40 would pass a test for 40 and open AF_VSOCK.
 */
export const SECCOMP_PROFILE: string = JSON.stringify(
  JSON.parse(readFileSync(new URL("../../../sandbox/seccomp.json", import.meta.url), "utf8")),
);
