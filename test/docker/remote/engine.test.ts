import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { sandboxImage } from "../../../src/sandbox/image/sandbox-image.ts";
import { SecondEngine } from "../second-engine.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { Demo, REPOSITORY } from "./demo.ts";
import { chooseLink, connect } from "./link.ts";
import { SshServer } from "./ssh-server.ts";

const PORT = 2376;
const MINUTES = 60_000;

// A dockerd that shares a kernel with the harness, and neither network nor the folders that matter: what comes to it, comes by its API.
describe.sequential("an engine on another machine", () => {
  const folder = mkdtempSync(join(tmpdir(), "loopty-remote-"));
  const link = chooseLink();
  const { there } = link;
  let demo: Demo;
  let certificates: Certificates;
  let engine: SecondEngine;
  let ssh: SshServer;
  let image: string;
  beforeAll(async () => {
    demo = new Demo();
    certificates = makeCertificates(folder, there);
    const { server } = certificates;
    const files = { cacert: "ca.pem", cert: "cert.pem", key: "key.pem" };
    const tls = Object.entries(files).map(([flag, name]) => `--tls${flag}=${join(server, name)}`);
    engine = await SecondEngine.start({
      hidden: [demo.folder, homedir(), REPOSITORY],
      flags: ["--tlsverify", ...tls, "--host", `tcp://0.0.0.0:${PORT}`],
    });
    connect(engine, link);
    ssh = await SshServer.start(engine, join(folder, "ssh"), there);
    const own = await connectEngine(process.env, homedir());
    const sandbox = await sandboxImage(own, { kind: "packaged" }, AbortSignal.timeout(MINUTES));
    image = sandbox.RepoTags?.find((tag) => tag.startsWith("loopty/sandbox:")) ?? "";
    engine.load(image);
  });
  afterAll(async () => {
    await ssh?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    demo?.[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const byTls = (certPath: string) => ({
    DOCKER_HOST: `tcp://${there}:${PORT}`,
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CERT_PATH: certPath,
  });
  const docker = (env: Readonly<Record<string, string>>, ...args: string[]) =>
    execFileSync("docker", args, { env: { ...process.env, ...env } }).toString();
  /** A container that may mount whatever is there. */
  const listed = (env: Readonly<Record<string, string>>, path: string) =>
    docker(env, "run", "--rm", "--network", "none", "-v", `${path}:/seen:ro`, image, "ls", "/seen");

  async function passDemo(env: Readonly<Record<string, string>>, run: number) {
    const end = await demo.run(env);
    expect(end.code, end.progress).toBe(0);
    expect(end.stdout).toMatch(new RegExp(`^run ${run} ended: `));
    const tree = readFileSync(join(demo.folder, `.loopty/runs/${run}/tree.json`), "utf8");
    const { nodes } = JSON.parse(tree);
    expect(nodes).toHaveLength(3);
    for (const node of nodes) {
      expect(node.phase).toBe("finished");
      expect(node.id === String(run) ? "no_gain" : node.verdict).toMatch(
        /^(improved|confirmed|tie|no_gain|worse|inconclusive)$/,
      );
    }
    expect(docker(env, "ps", "--all", "--quiet")).toBe("");
    // Of no project, and kept as the sandbox image is.
    expect(docker(env, "volume", "ls", "--quiet")).toMatch(/^(loopty-engine-[0-9a-f]{12}\n)?$/);
    expect(docker(env, "image", "ls", "--quiet", `loopty/matmul:${run}.1`)).not.toBe("");
  }

  it("sees nothing of the harness's files", () => {
    const own = listed({}, demo.folder);
    expect(own).toContain("loopty.yaml");
    const env = byTls(certificates.client);
    for (const path of [demo.folder, homedir(), REPOSITORY]) expect(listed(env, path)).toBe("");
  });

  it("is reached over TCP with TLS, and the whole demo passes", {
    timeout: 15 * MINUTES,
  }, async () => {
    await passDemo(byTls(certificates.client), 1);
  });

  it("is reached over ssh, and the whole demo passes", { timeout: 15 * MINUTES }, async () => {
    await passDemo(ssh.env(), 2);
  });

  it("takes no certificate of another authority, and is told from another by its own", async () => {
    for (const path of [certificates.stranger, certificates.intruder]) {
      await expect(connectEngine(byTls(path), homedir())).rejects.toMatchObject({
        name: "EngineError",
        hint: expect.stringContaining("DOCKER_CERT_PATH"),
      });
    }
    const nowhere = { ...byTls(certificates.client), DOCKER_CERT_PATH: join(folder, "nowhere") };
    await expect(connectEngine(nowhere, homedir())).rejects.toMatchObject({
      name: "UserError",
      message: `${join(folder, "nowhere")} has no certificates`,
    });
  });

  it("lets in no other key, and is not believed under another host's key", async () => {
    const hint = expect.stringContaining(`ssh -l root -- ${there} docker version`);
    await expect(connectEngine(ssh.env("stranger"), homedir())).rejects.toMatchObject({
      name: "EngineError",
      message: expect.stringMatching(/ssh failed: .*Permission denied \(publickey\)/),
      hint,
    });
    ssh.know(null);
    await expect(connectEngine(ssh.env(), homedir())).rejects.toMatchObject({
      name: "EngineError",
      message: expect.stringContaining("Host key verification failed"),
      hint,
    });
  });
});
