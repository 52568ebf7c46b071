import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { sandboxImage } from "../../../src/sandbox/image/sandbox-image.ts";
import { HELLO, MANY_AND_LARGE, openTunnelLab } from "../agent/tunnel-lab.ts";
import { SecondEngine } from "../second-engine.ts";
import { REPOSITORY } from "./demo.ts";
import { chooseLink, connect } from "./link.ts";
import { SshServer } from "./ssh-server.ts";

describe.sequential("the tunnel out of an agent's container on another machine, over ssh", () => {
  const folder = mkdtempSync(join(tmpdir(), "loopty-tunnel-"));
  const link = chooseLink();
  let engine: SecondEngine;
  let ssh: SshServer;
  let lab: Awaited<ReturnType<typeof openTunnelLab>>;

  beforeAll(async () => {
    engine = await SecondEngine.start({ hidden: [homedir(), REPOSITORY] });
    connect(engine, link);
    ssh = await SshServer.start(engine, join(folder, "ssh"), link.there);
    const own = await connectEngine(process.env, homedir());
    const sandbox = await sandboxImage(own, { kind: "packaged" }, AbortSignal.timeout(60_000));
    engine.load(sandbox.RepoTags?.find((tag) => tag.startsWith("loopty/sandbox:")) ?? "");
    lab = await openTunnelLab({ env: ssh.env() });
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
    await ssh?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it("carries 50 requests at once, and 100 MB", async () => {
    expect(await lab.node(MANY_AND_LARGE)).toBe("Set(1) { '200000 bytes' } 100000000 bytes\n");
    expect(await lab.node(HELLO)).toBe("0 bytes\n");
  });

  it("ends with the container", async () => {
    await lab.agent.readBack();
    await expect.poll(() => lab.tunnel.open()).toBeNull();
    expect(lab.tunnel.streamCount).toBe(0);
  });
});
