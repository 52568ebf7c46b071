import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findEngineAddress } from "../../scripts/setup/engine-address.mjs";
import { scratchFolder } from "./scratch.ts";

let home: string;

beforeEach(() => {
  home = scratchFolder();
});

function writeJson(path: string, value: unknown) {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
}

function addContext(name: string, host: string, folder = join(home, ".docker")) {
  const hash = createHash("sha256").update(name).digest("hex");
  const meta = { Name: name, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
  writeJson(join(folder, "contexts", "meta", hash, "meta.json"), meta);
  return join(folder, "contexts", "tls", hash, "docker");
}

describe("the engine's address", () => {
  it("is the default socket when nothing else is said", () => {
    expect(findEngineAddress({}, home)).toEqual({
      origin: "the default socket",
      isDefault: true,
      url: "unix:///var/run/docker.sock",
      socketPath: "/var/run/docker.sock",
    });
  });

  it("is DOCKER_HOST before any context", () => {
    addContext("colima", "unix:///colima.sock");
    const env = { DOCKER_HOST: "unix:///run/other.sock", DOCKER_CONTEXT: "colima" };
    expect(findEngineAddress(env, home)).toEqual({
      origin: "DOCKER_HOST",
      isDefault: false,
      url: "unix:///run/other.sock",
      socketPath: "/run/other.sock",
    });
  });

  it.each([
    ["tcp://engine:4000", { host: "engine", port: 4000 }],
    ["tcp://engine", { host: "engine", port: 2375 }],
    ["engine:4000", { host: "engine", port: 4000 }],
    ["tcp://:4000", { host: "localhost", port: 4000 }],
    ["tcp://[::1]:4000", { host: "::1", port: 4000 }],
  ])("reads %s as host and port", (url, expected) => {
    expect(findEngineAddress({ DOCKER_HOST: url }, home)).toEqual({
      origin: "DOCKER_HOST",
      isDefault: false,
      url,
      ...expected,
    });
  });

  it("carries the certificates that DOCKER_TLS_VERIFY asks for", () => {
    writeFileSync(join(home, "ca.pem"), "authority");
    const env = {
      DOCKER_HOST: "tcp://engine",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: home,
    };
    expect(findEngineAddress(env, home)).toMatchObject({
      port: 2376,
      tls: { ca: Buffer.from("authority"), rejectUnauthorized: true },
    });
  });

  it("is the context that DOCKER_CONTEXT names", () => {
    addContext("colima", "unix:///colima.sock");
    expect(findEngineAddress({ DOCKER_CONTEXT: "colima" }, home)).toEqual({
      origin: 'docker context "colima"',
      isDefault: false,
      url: "unix:///colima.sock",
      socketPath: "/colima.sock",
    });
  });

  it("is the context that config.json names, with that context's certificates", () => {
    const tls = addContext("work", "tcp://work:2376");
    mkdirSync(tls, { recursive: true });
    writeFileSync(join(tls, "key.pem"), "key");
    writeJson(join(home, ".docker", "config.json"), { currentContext: "work" });
    expect(findEngineAddress({}, home)).toMatchObject({
      host: "work",
      port: 2376,
      tls: { key: Buffer.from("key"), rejectUnauthorized: true },
    });
  });

  it("looks for contexts in DOCKER_CONFIG", () => {
    const folder = join(home, "elsewhere");
    addContext("work", "unix:///work.sock", folder);
    writeJson(join(folder, "config.json"), { currentContext: "work" });
    expect(findEngineAddress({ DOCKER_CONFIG: folder }, home)).toMatchObject({
      socketPath: "/work.sock",
    });
  });

  it.each([{}, { auths: {} }, { currentContext: "default" }, { currentContext: "" }])(
    "is the default socket for config.json %j",
    (config) => {
      writeJson(join(home, ".docker", "config.json"), config);
      expect(findEngineAddress({}, home).isDefault).toBe(true);
    },
  );

  it("refuses a context that does not exist", () => {
    expect(() => findEngineAddress({ DOCKER_CONTEXT: "gone" }, home)).toThrow(
      'the current docker context "gone" does not exist',
    );
  });

  it("refuses an address that needs ssh", () => {
    expect(() => findEngineAddress({ DOCKER_HOST: "ssh://me@engine" }, home)).toThrow(
      "DOCKER_HOST is ssh://me@engine, and only unix:// and tcp:// addresses are supported",
    );
  });
});
