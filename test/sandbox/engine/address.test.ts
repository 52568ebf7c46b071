import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { dockerOptions, findEngine } from "../../../src/sandbox/engine/address.ts";
import { SshAgent } from "../../../src/sandbox/engine/ssh.ts";

describe("the engine's address", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "loopty-home-"));
    const digest = createHash("sha256").update("remote").digest("hex");
    const meta = join(home, ".docker", "contexts", "meta", digest);
    await mkdir(meta, { recursive: true });
    const endpoints = { docker: { Host: "ssh://build@server" } };
    await writeFile(join(meta, "meta.json"), JSON.stringify({ Endpoints: endpoints }));
    await writeFile(join(home, ".docker", "config.json"), '{"currentContext":"remote"}');
  });
  afterAll(async () => rm(home, { recursive: true, force: true }));

  it("is DOCKER_HOST, before any context", () => {
    const env = { DOCKER_HOST: "tcp://h:1", DOCKER_CONTEXT: "remote" };
    const address = { url: "tcp://h:1", source: "DOCKER_HOST", certificates: null };
    expect(findEngine(env, home)).toEqual(address);
  });

  it("is the current context's, or that of DOCKER_CONTEXT", () => {
    const remote = { url: "ssh://build@server", source: "context", certificates: null };
    expect(findEngine({}, home)).toEqual(remote);
    const elsewhere = { DOCKER_CONFIG: join(home, ".docker"), DOCKER_CONTEXT: "remote" };
    expect(findEngine(elsewhere, "/nowhere")).toEqual(remote);
  });

  it("is the default socket where nothing is set, or the default context", () => {
    const url = "unix:///var/run/docker.sock";
    const socket = { url, source: "default", certificates: null };
    const exists = (path: string) => path === "/var/run/docker.sock";
    expect(findEngine({}, "/nowhere", exists)).toEqual(socket);
    expect(findEngine({ DOCKER_HOST: "", DOCKER_CONTEXT: "default" }, home)).toEqual(socket);
    expect(findEngine({}, "/nowhere", () => false)).toEqual(socket);
  });

  it("is CONTAINER_HOST, unless Docker's own variables name another", () => {
    const url = "unix:///run/user/1/podman/podman.sock";
    const address = { url, source: "CONTAINER_HOST", certificates: null };
    expect(findEngine({ CONTAINER_HOST: url }, home)).toEqual(address);
    expect(findEngine({ CONTAINER_HOST: url, DOCKER_HOST: "tcp://h:1" }, home).url).toBe(
      "tcp://h:1",
    );
    const named = { CONTAINER_HOST: url, DOCKER_CONTEXT: "remote" };
    expect(findEngine(named, home).source).toBe("context");
  });

  it("is podman's where there is no socket of Docker's: its connection, the user's socket, root's", async () => {
    const env = { XDG_RUNTIME_DIR: "/run/user/1" };
    const user = "/run/user/1/podman/podman.sock";
    const roots = "/run/podman/podman.sock";
    const here =
      (...paths: readonly string[]) =>
      (path: string) =>
        paths.includes(path);
    const podman = (socket: string) => ({
      ...{ url: `unix://${socket}`, source: "podman", certificates: null },
    });
    expect(findEngine(env, "/nowhere", here(user, roots))).toEqual(podman(user));
    expect(findEngine(env, "/nowhere", here(roots))).toEqual(podman(roots));
    expect(findEngine(env, "/nowhere", here(roots, "/var/run/docker.sock")).source).toBe("default");
    const config = await mkdtemp(join(home, "config-"));
    await mkdir(join(config, "containers"));
    const connections = {
      Default: "vm",
      Connections: { vm: { URI: "ssh://core@localhost:1/p.sock" } },
    };
    const file = join(config, "containers", "podman-connections.json");
    await writeFile(file, JSON.stringify({ Connection: connections }));
    const connected = { ...env, XDG_CONFIG_HOME: config };
    expect(findEngine(connected, "/nowhere", here(user)).url).toBe("ssh://core@localhost:1/p.sock");
    await writeFile(file, "no JSON");
    expect(findEngine(connected, "/nowhere", here(user))).toEqual(podman(user));
  });

  it("is the user's to mend where the context is not there", () => {
    expect(() => findEngine({ DOCKER_CONTEXT: "lost" }, home)).toThrow(UserError);
  });

  it("has certificates where DOCKER_TLS_VERIFY asks for TLS, or the context brings them", async () => {
    const env = { DOCKER_HOST: "tcp://h", DOCKER_TLS_VERIFY: "1" };
    expect(findEngine(env, home).certificates).toBe(join(home, ".docker"));
    const elsewhere = { ...env, DOCKER_CERT_PATH: "/certs" };
    expect(findEngine(elsewhere, home).certificates).toBe("/certs");
    const digest = createHash("sha256").update("remote").digest("hex");
    const tls = join(home, ".docker", "contexts", "tls", digest, "docker");
    await mkdir(tls, { recursive: true });
    expect(findEngine({}, home).certificates).toBe(tls);
    await rm(tls, { recursive: true });
  });

  it.each([
    ["unix:///run/d.sock", { socketPath: "/run/d.sock" }],
    ["npipe:////./pipe/docker_engine", { socketPath: "//./pipe/docker_engine" }],
    ["tcp://h:2376", { protocol: "https", host: "h", port: "2376" }],
    ["tcp://h", { protocol: "http", host: "h", port: "2375" }],
    ["h:4000", { protocol: "http", host: "h", port: "4000" }],
    ["tcp://[::1]:4000", { protocol: "http", host: "[::1]", port: "4000" }],
  ] as const)("%s is given to dockerode", (url, options) => {
    expect(dockerOptions({ url, source: "context", certificates: null }, {})).toEqual(options);
  });

  it("brings its certificates along, whatever its port", async () => {
    const certificates = await mkdtemp(join(tmpdir(), "loopty-certs-"));
    const read = () => dockerOptions({ url: "tcp://h", source: "DOCKER_HOST", certificates }, {});
    try {
      expect(read).toThrow(`${certificates} has no certificates`);
      await writeFile(join(certificates, "ca.pem"), "authority");
      const ca = Buffer.from("authority");
      expect(read()).toEqual({ protocol: "https", host: "h", port: "2376", ca });
      await writeFile(join(certificates, "cert.pem"), "name");
      expect(read).toThrow(`${certificates} has ca.pem, cert.pem`);
      await writeFile(join(certificates, "key.pem"), "secret");
      expect(read()).toMatchObject({ cert: Buffer.from("name"), key: Buffer.from("secret") });
    } finally {
      await rm(certificates, { recursive: true });
    }
  });

  it("over ssh goes by an agent of its own", () => {
    const address = { url: "ssh://me@h:2222", source: "DOCKER_HOST", certificates: null } as const;
    const { agent, ...options } = dockerOptions(address, {});
    expect(agent).toBeInstanceOf(SshAgent);
    expect(options).toEqual({ protocol: "http", host: "docker", port: "2375" });
  });

  it("is the user's to mend where nothing can be reached by it", () => {
    const address = { url: "fd://", source: "DOCKER_HOST", certificates: null } as const;
    expect(() => dockerOptions(address, {})).toThrow(UserError);
  });
});
