import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/core/error.ts";
import { dockerOptions, findEngine } from "../../src/sandbox/address.ts";

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
    expect(findEngine(env, home)).toEqual({ url: "tcp://h:1", source: "DOCKER_HOST" });
  });

  it("is the current context's, or that of DOCKER_CONTEXT", () => {
    const remote = { url: "ssh://build@server", source: "context" };
    expect(findEngine({}, home)).toEqual(remote);
    const elsewhere = { DOCKER_CONFIG: join(home, ".docker"), DOCKER_CONTEXT: "remote" };
    expect(findEngine(elsewhere, "/nowhere")).toEqual(remote);
  });

  it("is the default socket where nothing is set, or the default context", () => {
    const socket = { url: "unix:///var/run/docker.sock", source: "default" };
    expect(findEngine({}, "/nowhere")).toEqual(socket);
    expect(findEngine({ DOCKER_HOST: "", DOCKER_CONTEXT: "default" }, home)).toEqual(socket);
  });

  it("is the user's to mend where the context is not there", () => {
    expect(() => findEngine({ DOCKER_CONTEXT: "lost" }, home)).toThrow(UserError);
  });

  it.each([
    ["unix:///run/d.sock", "default", { socketPath: "/run/d.sock" }],
    ["tcp://h:2376", "context", { protocol: "https", host: "h", port: "2376" }],
    ["tcp://h", "context", { protocol: "http", host: "h", port: "2375" }],
    ["ssh://me@h:22", "context", { protocol: "ssh", host: "h", username: "me", port: "22" }],
    ["ssh://me@h", "context", { protocol: "ssh", host: "h", username: "me" }],
    // dockerode reads DOCKER_HOST, with its certificates, for itself.
    ["tcp://h:2376", "DOCKER_HOST", {}],
    ["unix:///run/d.sock", "DOCKER_HOST", { socketPath: "/run/d.sock" }],
  ] as const)("%s of the %s is given to dockerode", (url, source, options) => {
    expect(dockerOptions({ url, source })).toEqual(options);
  });
});
