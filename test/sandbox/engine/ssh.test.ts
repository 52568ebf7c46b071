import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { EngineError, UserError } from "../../../src/core/error.ts";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { sshArguments } from "../../../src/sandbox/engine/ssh.ts";
import { scratchFolder } from "../../store/scratch.ts";

describe("the arguments of ssh", () => {
  const dial = ["docker", "system", "dial-stdio"];
  const quiet = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=30"];

  it.each([
    ["ssh://h", [...quiet, "--", "h", ...dial]],
    ["ssh://me@h:2222", [...quiet, "-l", "me", "-p", "2222", "--", "h", ...dial]],
    ["ssh://-oProxyCommand=x@h/", [...quiet, "-l", "-oProxyCommand=x", "--", "h", ...dial]],
    ["ssh://me@[::1]", [...quiet, "-l", "me", "--", "::1", ...dial]],
    [
      "ssh://h/run/d.sock",
      [...quiet, "--", "h", "docker", "--host", "unix:///run/d.sock", "system", "dial-stdio"],
    ],
    [
      "ssh://h/a%20b;c",
      [...quiet, "--", "h", "docker", "--host", "'unix:///a b;c'", "system", "dial-stdio"],
    ],
  ])("for %s ask nothing, and nothing in it is an option", (url, expected) => {
    expect(sshArguments(new URL(url), "docker")).toEqual(expected);
  });

  it("call podman there for an address that podman obeys", () => {
    expect(sshArguments(new URL("ssh://h"), "podman").slice(-4)).toEqual([
      "h",
      "podman",
      ...dial.slice(1),
    ]);
    expect(sshArguments(new URL("ssh://h/run/p.sock"), "podman").slice(-5)).toEqual([
      "podman",
      "--url",
      "unix:///run/p.sock",
      ...dial.slice(1),
    ]);
  });

  it("hold no password", () => {
    expect(() => sshArguments(new URL("ssh://me:secret@h"), "docker")).toThrow(UserError);
  });
});

/** A program `ssh` that joins its streams with a socket here, and notes how it was called. */
function fakeSsh(script: string) {
  const folder = scratchFolder();
  const bin = join(folder, "bin");
  const calls = join(folder, "calls");
  mkdirSync(bin);
  writeFileSync(calls, "");
  const program = join(bin, "ssh");
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${calls}\n${script}\n`);
  chmodSync(program, 0o755);
  return {
    env: { DOCKER_HOST: "ssh://me@server", PATH: `${bin}:${process.env.PATH}` },
    calls: () => readFileSync(calls, "utf8").trim().split("\n"),
  };
}

async function listen(server: Server): Promise<string> {
  const socket = join(scratchFolder(), "docker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return socket;
}

/** As `docker system dial-stdio` does. */
const DIAL = `const s = require("net").connect(process.argv[1]); process.stdin.pipe(s); s.pipe(process.stdout)`;

describe("an engine behind ssh", () => {
  it("is asked over few connections, each of which takes one request after another", async () => {
    const answers = new Map<string, unknown>([
      ["/version", { Version: "29.5.1", ApiVersion: "1.50", Components: [] }],
      ["/info", { ID: "remote", NCPU: 8, MemTotal: 1 }],
      ["/_ping", "OK"],
    ]);
    const socket = await listen(
      createServer((request, response) => {
        request.resume();
        response.end(JSON.stringify(answers.get(request.url?.split("?")[0] ?? "")));
      }),
    );
    const ssh = fakeSsh(`exec ${process.execPath} -e '${DIAL}' ${socket}`);
    const engine = await connectEngine(ssh.env, "/nowhere");
    expect(engine).toMatchObject({ id: "remote", url: "ssh://me@server", cgroups: null });
    const before = ssh.calls().length;
    const warnings: string[] = [];
    const warn = (warning: Error) => warnings.push(warning.name);
    process.on("warning", warn);
    for (let i = 0; i < 20; i++) await engine.docker.ping();
    process.off("warning", warn);
    expect(ssh.calls().length - before).toBe(1);
    expect(warnings).toEqual([]);
    expect(ssh.calls().at(-1)).toBe(
      "-T -o BatchMode=yes -o ConnectTimeout=30 -l me -- server docker system dial-stdio",
    );
  });

  it("fails with what ssh said, and with what to try by hand", async () => {
    const ssh = fakeSsh("echo 'me@server: Permission denied (publickey).' >&2; exit 255");
    const failed = connectEngine(ssh.env, "/nowhere");
    await expect(failed).rejects.toBeInstanceOf(EngineError);
    await expect(failed).rejects.toMatchObject({
      message:
        "no container engine answers at ssh://me@server: ssh failed: me@server: Permission denied (publickey).",
      hint: expect.stringContaining("`ssh -l me -- server docker version` must work"),
    });
  });

  it("is podman's where podman's own variable names it, and no docker command is called there", async () => {
    const ssh = fakeSsh("exit 1");
    const { DOCKER_HOST: _docker, ...env } = ssh.env;
    const named = { ...env, CONTAINER_HOST: "ssh://me@server/run/p.sock" };
    await expect(connectEngine(named, "/nowhere")).rejects.toMatchObject({
      hint: expect.stringContaining("`ssh -l me -- server podman version` must work"),
    });
    expect(ssh.calls().at(-1)).toMatch(
      /-- server podman --url unix:\/\/\/run\/p.sock system dial-stdio$/,
    );
  });

  it("fails where there is no ssh, or what answers is none", async () => {
    const env = { DOCKER_HOST: "ssh://server", PATH: "/nowhere" };
    await expect(connectEngine(env, "/nowhere")).rejects.toMatchObject({
      message: expect.stringContaining("ssh cannot be started: "),
      hint: "install OpenSSH's client, or reach the engine by TCP with TLS",
    });
    const silent = fakeSsh("exit 0");
    await expect(connectEngine(silent.env, "/nowhere")).rejects.toBeInstanceOf(EngineError);
  });

  it("that does not answer in time is given up", async () => {
    const ssh = fakeSsh("exec sleep 60");
    await expect(connectEngine(ssh.env, "/nowhere", 300)).rejects.toBeInstanceOf(EngineError);
  });

  it("is told what streams both ways, and where each ends", async () => {
    const socket = await listen(
      createServer().on("upgrade", (_request, stream) => {
        stream.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
        let text = "";
        stream.on("data", (chunk) => {
          text += chunk;
        });
        stream.on("end", () => stream.end(text.toUpperCase()));
      }),
    );
    const ssh = fakeSsh(`exec ${process.execPath} -e '${DIAL}' ${socket}`);
    const { SshAgent } = await import("../../../src/sandbox/engine/ssh.ts");
    const { default: Docker } = await import("dockerode");
    const agent = new SshAgent(new URL("ssh://h"), "docker", ssh.env);
    const options = { protocol: "http" as const, host: "docker", port: 80, agent };
    const docker = new Docker(options);
    const stream = await docker
      .getContainer("c")
      .attach({ stream: true, stdin: true, stdout: true, hijack: true });
    stream.end("both ways");
    let text = "";
    for await (const chunk of stream) text += chunk.toString();
    expect(text).toBe("BOTH WAYS");
  });
});
