import { createServer } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import Docker from "dockerode";
import tar from "tar-stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { readArchive } from "../../../src/sandbox/container/archive.ts";
import { engineFiles } from "../../../src/sandbox/container/engine-files.ts";
import { SECCOMP_PROFILE } from "../../../src/sandbox/container/seccomp.ts";
import type { DockerSettings } from "../../../src/sandbox/docker-settings.ts";
import type { Engine } from "../../../src/sandbox/engine/engine.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { settings } from "../paper-settings.ts";

const volumeSchema = z.object({ Name: z.string() });
const containerSchema = z.object({
  Labels: z.record(z.string(), z.string()).default({}),
  HostConfig: z.object({ Binds: z.array(z.string()) }),
});

/** An engine with volumes, and a container that has one of them at /loopty. */
class VolumeEngine {
  readonly volumes = new Map<string, Map<string, Buffer>>();
  /** Of each container, its name in the engine and its labels. */
  readonly containers: { readonly name: string; readonly labels: Record<string, string> }[] = [];
  brought = 0;
  #mounted = new Map<string, Buffer>();

  async open(): Promise<Docker> {
    const server = createServer({ maxHeaderSize: 1024 ** 2 }, async (request, response) => {
      const url = new URL(request.url ?? "", "http://engine");
      const answer = await this.#answer(request.method ?? "", url, await buffer(request));
      response.writeHead(answer === null ? 404 : 200);
      response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
    });
    const socketPath = join(scratchFolder(), "docker.sock");
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return new Docker({ socketPath });
  }

  /** `null` for what is not there. */
  async #answer(method: string, url: URL, body: Buffer): Promise<object | null> {
    const [, kind, name = ""] = url.pathname.split("/");
    if (kind === "volumes" && name === "create") {
      const { Name: volume } = volumeSchema.parse(JSON.parse(body.toString()));
      this.volumes.set(volume, this.volumes.get(volume) ?? new Map());
    } else if (kind === "volumes") {
      return this.volumes.has(name) ? { Mountpoint: `/v/${name}/_data` } : null;
    } else if (name === "create") {
      const { HostConfig: host, Labels: labels } = containerSchema.parse(
        JSON.parse(body.toString()),
      );
      this.containers.push({ name: url.searchParams.get("name") ?? "", labels });
      this.#mounted = this.volumes.get(host.Binds[0]?.split(":")[0] ?? "") ?? new Map();
      return { Id: "c" };
    } else if (method === "PUT") {
      this.brought++;
      const reading = await readArchive(Readable.from([body]), { entries: 9, bytes: 1e6 });
      if (reading.kind === "refused") throw new Error(reading.reason);
      for (const file of reading.entries) this.#mounted.set(file.name, file.content);
    } else if (method === "GET") {
      const file = (url.searchParams.get("path") ?? "").replace("/loopty/", "");
      const content = this.#mounted.get(`./${file}`);
      return content === undefined ? null : archiveOf(file, content);
    }
    return {};
  }
}

async function archiveOf(name: string, content: Buffer): Promise<Buffer> {
  const pack = tar.pack();
  pack.entry({ name }, content);
  pack.finalize();
  return buffer(pack);
}

const settingsOn = (engine: Partial<Engine>, runtime: string | null = null): DockerSettings => {
  return {
    ...settings,
    engine: { ...settings.engine, ...engine },
    limits: { ...settings.limits, runtime },
  };
};

describe("what containers get from their engine's machine", () => {
  it("is on Docker the list as text, and the addresses of localhost as a file that nobody can write to", async () => {
    const engine = new VolumeEngine();
    const docker = await engine.open();
    const { seccomp, hosts } = await engineFiles(settingsOn({ docker }), "i");
    expect(seccomp).toBe(SECCOMP_PROFILE);
    const [[name, files] = ["", new Map<string, Buffer>()]] = [...engine.volumes];
    expect(name).toMatch(/^loopty-engine-[0-9a-f]{12}$/);
    expect(files.get("./hosts")?.toString()).toContain("127.0.0.1\tlocalhost\n");
    expect(hosts).toEqual({
      Type: "bind",
      Source: `/v/${name}/_data/hosts`,
      Target: "/etc/hosts",
      ReadOnly: true,
    });
    const subpaths = settingsOn({ docker, mountsSubpaths: true });
    expect((await engineFiles(subpaths, "i")).hosts).toMatchObject({
      ...{ Type: "volume", Source: name, Target: "/etc/hosts", ReadOnly: true },
      VolumeOptions: { Subpath: "hosts" },
    });
  });

  it("is on Podman the list as a path, and no file for another network", async () => {
    const engine = new VolumeEngine();
    const docker = await engine.open();
    const files = await engineFiles(settingsOn({ docker, kind: "podman" }), "i");
    const [[name, brought] = ["", new Map<string, Buffer>()]] = [...engine.volumes];
    expect(files).toEqual({ seccomp: `/v/${name}/_data/seccomp.json`, hosts: null });
    expect(brought.get("./seccomp.json")?.toString()).toBe(SECCOMP_PROFILE);
  });

  it("is the list alone under another runtime, which may leave the loopback down", async () => {
    const engine = new VolumeEngine();
    const docker = await engine.open();
    const files = await engineFiles(settingsOn({ docker }, "runsc"), "i");
    expect(files).toEqual({ seccomp: SECCOMP_PROFILE, hosts: null });
    expect(engine.volumes.size).toBe(0);
  });

  it("is brought once, by one of all that ask at a time, and again after somebody removed the volume", async () => {
    const engine = new VolumeEngine();
    const docker = await engine.open();
    const ask = () => engineFiles(settingsOn({ docker }), "i");
    await Promise.all([ask(), ask(), ask()]);
    await ask();
    expect(engine.brought).toBe(1);
    engine.volumes.clear();
    await Promise.all([ask(), ask(), ask()]);
    expect([engine.brought, engine.volumes.size]).toEqual([2, 1]);
  });

  it("is brought by a container that is known as this run's, so that a killed run's is removed", async () => {
    const engine = new VolumeEngine();
    await engineFiles(settingsOn({ docker: await engine.open() }), "i");
    const [{ name, labels } = { name: "", labels: {} }] = engine.containers;
    expect(name).toMatch(/^loopty-helper-[0-9a-f]{16}$/);
    expect(labels).toEqual({
      "loopty.project": "p",
      "loopty.run": "3",
      "loopty.node": "",
      "loopty.phase": "helper",
      "loopty.owner": "42:boot:7",
      "loopty.container": name,
    });
  });
});
