import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forwarderFiles, GATEWAY_URL, openTunnel } from "../../../src/agent/gateway/open-tunnel.ts";
import type { Tunnel } from "../../../src/agent/tunnel/tunnel.ts";
import type { OpenedContainer } from "../../../src/sandbox/editing/agent-container.ts";
import { packageVolume } from "../../../src/sandbox/packages/package-volume.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const NODE = "/opt/loopty/agent/bin/node";

/** Says how many bytes came, and streams as many lines as the path says. */
const server = createServer((request, response) => {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => {
    for (let line = 0; line < Number(request.url?.slice(1)); line += 1) response.write(`${line}\n`);
    response.end(`${bytes} bytes`);
  });
});

describe("the tunnel out of an agent's container", () => {
  let lab: Lab;
  let agent: OpenedContainer;
  let tunnel: Tunnel;
  const node = async (script: string) => {
    await agent.session.writeFile("src/try.mjs", Buffer.from(script));
    return (await agent.session.run(`${NODE} src/try.mjs`, 300_000)).output;
  };

  beforeAll(async () => {
    lab = await openLab({ files: { "src/k.c": "k\n" }, access: { writable: ["src/"] } });
    const packages = { specs: [], programs: {} };
    agent = await lab.openAgent({
      notes: await forwarderFiles(),
      packageVolume: await packageVolume(lab.settings, lab.base.imageId, packages),
    });
    tunnel = await openTunnel(agent.session, (stream) => server.emit("connection", stream), signal);
  });
  afterAll(async () => {
    tunnel?.destroy();
    await agent?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  it("carries 50 requests at once, and 100 MB", async () => {
    const told = await node(`
      const post = async (path, bytes) => {
        const answer = await fetch("${GATEWAY_URL}/" + path, { method: "POST", body: Buffer.alloc(bytes) });
        return (await answer.text()).split("\\n").at(-1);
      };
      const many = await Promise.all(Array.from({ length: 50 }, () => post(2000, 200_000)));
      console.log(new Set(many), await post(1, 100_000_000));
    `);
    expect(told).toBe("Set(1) { '200000 bytes' } 100000000 bytes\n");
  });

  it("is out of reach for the agent's signals, and the container still has no network", async () => {
    const { output } = await agent.session.run(
      "kill -9 -1; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/route",
      60_000,
    );
    expect(output).not.toContain("eth");
    const hello = `console.log(await (await fetch("${GATEWAY_URL}/0")).text())`;
    expect(await node(hello)).toBe("0 bytes\n");
  });

  it("has packages that nobody in the container can change", async () => {
    const { output } = await agent.session.run(
      "rm -f /opt/loopty/agent/bin/node; echo x > /opt/loopty/agent/x; echo x > /loopty/tunnel/forwarder.ts; id -u",
      60_000,
    );
    expect(output).toMatch(/bin\/node': Read-only file system/);
    expect(output).toMatch(/agent\/x: Read-only file system/);
    expect(output).toMatch(/forwarder\.ts: Permission denied/);
  });

  it("ends with the container", async () => {
    const streams = tunnel.streamCount;
    expect(streams).toBeGreaterThanOrEqual(0);
    await agent.readBack();
    await expect.poll(() => tunnel.open()).toBeNull();
    expect(tunnel.streamCount).toBe(0);
  });
});
