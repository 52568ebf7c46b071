import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, openLab } from "../lab.ts";

const CONNECT = `import socket, threading
server = socket.create_server(("localhost", 0))
threading.Thread(target=lambda: server.accept()[0].sendall(b"heard"), daemon=True).start()
print(socket.create_connection(("localhost", server.getsockname()[1])).recv(9).decode())
try:
    socket.create_connection(("192.0.2.1", 80), 2)
except OSError as error:
    print(error.strerror, flush=True)`;
const LOOK = `exec 2>&1; ls /sys/class/net; cat /etc/resolv.conf 2>/dev/null; readlink /proc/self/ns/net
python3 -c '${CONNECT}'
echo 192.0.2.1 localhost >> /etc/hosts || true`;

describe("the network of a container", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ files: { "src/k.c": "k\n" }, access: { writable: ["src/"] } });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  it("is its own, with a loopback where localhost has an address, no way out, and no name of the host's", async () => {
    const built = await lab.build(LOOK);
    await using agent = await lab.openAgent();
    const { output } = await agent.session.run(LOOK, 60_000);
    for (const printed of [built.log.toString(), output]) {
      const [device, network, ...rest] = printed.trim().split("\n");
      expect(device).toBe("lo");
      expect(network).toMatch(/^net:\[\d+\]$/);
      expect(network).not.toBe(readlinkSync("/proc/self/ns/net"));
      expect(rest).toEqual([
        "heard",
        "Network is unreachable",
        expect.stringMatching(/\/etc\/hosts: (Read-only file system|Permission denied)$/),
      ]);
    }
  });
});
