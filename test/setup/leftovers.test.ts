import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findLeftovers } from "../../scripts/setup/leftovers.mjs";
import { scratchFolder } from "./scratch.ts";

let folder: string;
let proc: string;

beforeEach(() => {
  folder = scratchFolder();
  proc = join(folder, "proc");
  mkdirSync(proc);
  mkdirSync(join(folder, "exec", "containerd"), { recursive: true });
});

const pidFile = () => join(folder, "docker.pid");
const containerdPidFile = () => join(folder, "exec", "containerd", "containerd.pid");
const find = () => findLeftovers({ pidFile: pidFile(), execRoot: join(folder, "exec") }, proc);

/** A process as /proc shows it. */
function addProcess(pid: number, args: string[], state = "S") {
  const program = args[0]?.split("/").at(-1) ?? "";
  mkdirSync(join(proc, String(pid)));
  const fields = Array.from({ length: 40 }, (_, index) => index).join(" ");
  writeFileSync(join(proc, String(pid), "stat"), `${pid} (${program}) ${state} ${fields}\n`);
  const text = args.map((arg) => `${arg}\0`).join("");
  writeFileSync(join(proc, String(pid), "cmdline"), state === "Z" ? "" : text);
}

function addContainerd(pid: number, state = "S", execRoot = join(folder, "exec")) {
  const config = join(execRoot, "containerd", "containerd.toml");
  addProcess(pid, ["containerd", "--config", config, "--log-level", "info"], state);
}

describe("what a killed daemon leaves", () => {
  it("is nothing on a fresh machine", () => {
    expect(find()).toEqual({ pidFiles: [] });
  });

  it("is a pid file that names no process", () => {
    writeFileSync(pidFile(), "50");
    expect(find()).toEqual({ pidFiles: [pidFile()] });
  });

  it("is a pid file that by now names another program", () => {
    writeFileSync(pidFile(), "50\n");
    addProcess(50, ["/usr/bin/vim", "dockerd"]);
    expect(find()).toEqual({ pidFiles: [pidFile()] });
  });

  it("is a pid file that names a zombie", () => {
    writeFileSync(pidFile(), "50");
    addProcess(50, ["dockerd"], "Z");
    writeFileSync(containerdPidFile(), "51");
    addContainerd(51, "Z");
    expect(find()).toEqual({ pidFiles: [pidFile(), containerdPidFile()] });
  });

  it("is a pid file with nothing in it", () => {
    writeFileSync(pidFile(), "");
    expect(find()).toEqual({ pidFiles: [pidFile()] });
  });

  it("is its containerd, named by its pid file or not", () => {
    addContainerd(51);
    expect(find()).toEqual({ containerd: 51, pidFiles: [] });
    writeFileSync(containerdPidFile(), "51");
    expect(find()).toEqual({ containerd: 51, pidFiles: [containerdPidFile()] });
  });

  it("is never the containerd of another daemon, nor the machine's own", () => {
    addContainerd(51, "S", "/somewhere/else");
    addProcess(52, ["/usr/bin/containerd"]);
    addProcess(53, ["/usr/bin/less", "--config", `${folder}/exec/containerd/containerd.toml`]);
    expect(find()).toEqual({ pidFiles: [] });
  });

  it("is nothing while the daemon lives, so that its containerd is left alone", () => {
    writeFileSync(pidFile(), "50");
    addProcess(50, ["/usr/sbin/dockerd"]);
    writeFileSync(containerdPidFile(), "51");
    addContainerd(51);
    expect(find()).toEqual({ daemon: 50, pidFiles: [] });
  });
});
