import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HELLO, MANY_AND_LARGE, openTunnelLab } from "./tunnel-lab.ts";

describe("the tunnel out of an agent's container", () => {
  let lab: Awaited<ReturnType<typeof openTunnelLab>>;

  beforeAll(async () => {
    lab = await openTunnelLab();
  });
  afterAll(() => lab?.[Symbol.asyncDispose]());

  it("carries 50 requests at once, and 100 MB", async () => {
    expect(await lab.node(MANY_AND_LARGE)).toBe("Set(1) { '200000 bytes' } 100000000 bytes\n");
  });

  it("is out of reach for the agent's signals, and the container still has no network", async () => {
    const { output } = await lab.agent.session.run(
      "kill -9 -1; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/route",
      60_000,
    );
    expect(output).not.toContain("eth");
    expect(await lab.node(HELLO)).toBe("0 bytes\n");
  });

  it("has packages that nobody in the container can change", async () => {
    const { output } = await lab.agent.session.run(
      "rm -f /opt/loopty/agent/bin/node; echo x > /opt/loopty/agent/x; echo x > /loopty/tunnel/forwarder.ts; id -u",
      60_000,
    );
    expect(output).toMatch(/bin\/node': Read-only file system/);
    expect(output).toMatch(/agent\/x: Read-only file system/);
    expect(output).toMatch(/forwarder\.ts: Permission denied/);
  });

  it("ends with the container", async () => {
    const { agent, tunnel } = lab;
    expect(tunnel.streamCount).toBeGreaterThanOrEqual(0);
    await agent.readBack();
    await expect.poll(() => tunnel.open()).toBeNull();
    expect(tunnel.streamCount).toBe(0);
  });
});
