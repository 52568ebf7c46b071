import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  formatOwner,
  linuxProcessTable,
  parseOwner,
  portableProcessTable,
} from "../../../src/store/files/owner.ts";

function started(command: string, ...args: string[]) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { pid, stdout } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  return { child, pid, stdout };
}

describe("an owner as text", () => {
  it("reads back", () => {
    const owner = { pid: 42, bootId: "6d3f-11", startTime: "12345" };
    expect(formatOwner(owner)).toBe("42:6d3f-11:12345");
    expect(parseOwner("42:6d3f-11:12345")).toEqual(owner);
  });

  it.each(["", "42", "42:boot", "0:boot:1", "-1:boot:1", "42:boot:x", "42:boot:1:1", "42:b/t:1"])(
    "is not %j",
    (text) => expect(parseOwner(text)).toBeNull(),
  );
});

describe.runIf(existsSync("/proc/self/stat"))("the processes of Linux", () => {
  const table = linuxProcessTable(process.pid);

  it("know this process", () => {
    expect(table.isAlive(table.self())).toBe(true);
    expect(parseOwner(formatOwner(table.self()))).toEqual(table.self());
  });

  it("tell a pid that is used again, and another boot, from the owner", () => {
    expect(table.isAlive({ ...table.self(), startTime: "1" })).toBe(false);
    expect(table.isAlive({ ...table.self(), bootId: "another" })).toBe(false);
  });

  it("see a killed process as dead", async () => {
    const { child, pid } = started("sleep", "60");
    const owner = linuxProcessTable(pid).self();
    expect(table.isAlive(owner)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(table.isAlive(owner)).toBe(false);
  });

  it("see a killed process as dead whose parent never waits for it", async () => {
    const { stdout } = started("sh", "-c", "sleep 60 & echo $!; exec sleep 60");
    const [chunk] = await once(stdout, "data");
    const zombie = Number(String(chunk));
    const owner = linuxProcessTable(zombie).self();
    process.kill(zombie, "SIGKILL");
    await expect.poll(() => table.isAlive(owner)).toBe(false);
  });
});

describe("the processes of other systems", () => {
  it("know this process, and a pid that nobody has", async () => {
    const table = portableProcessTable(process.pid, "build server");
    expect(formatOwner(table.self())).toBe(`${process.pid}:build_server:0`);
    expect(table.isAlive(table.self())).toBe(true);
    const { child, pid } = started("true");
    await once(child, "exit");
    expect(table.isAlive({ ...table.self(), pid })).toBe(false);
  });
});
