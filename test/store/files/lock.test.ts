import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { acquireLock, type Lock } from "../../../src/store/files/lock.ts";
import { linuxProcessTable } from "../../../src/store/files/owner.ts";
import { FakeProcesses } from "../processes.ts";
import { scratchFolder } from "../scratch.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

describe("the lock", () => {
  it("is held until disposed, and says who holds it since when", async () => {
    const path = join(scratchFolder(), "lock");
    const processes = new FakeProcesses();
    const first = processes.start(10);
    const second = processes.start(11);
    {
      await using lock = await acquireLock(path, first, NOW);
      expect(lock.owner).toBe("10:boot-1:100");
      const refusal = await acquireLock(path, second, NOW).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(UserError);
      expect(refusal).toMatchObject({
        message: "process 10 has been working on this project since 2026-03-01T12:00:00.000Z",
      });
      await expect(acquireLock(path, first, NOW)).rejects.toThrow(UserError);
    }
    await using again = await acquireLock(path, second, NOW);
    expect(again.owner).toBe("11:boot-1:100");
    expect(readdirSync(path)).toEqual(["11:boot-1:100,2026-03-01T12:00:00.000Z"]);
  });

  it("is taken over from a process that died", async () => {
    const path = join(scratchFolder(), "lock");
    const processes = new FakeProcesses();
    const dead = processes.start(10);
    await acquireLock(path, dead, NOW);
    processes.kill(dead);
    await using lock = await acquireLock(path, processes.start(11), NOW);
    expect(lock.owner).toBe("11:boot-1:100");
  });

  it("goes to one of many who find it stale, round after round", async () => {
    const path = join(scratchFolder(), "lock");
    const processes = new FakeProcesses();
    let pid = 1;
    for (let round = 0; round < 40; round++) {
      const tables = Array.from({ length: 8 }, () => processes.start(pid++));
      const tries = await Promise.allSettled(tables.map((table) => acquireLock(path, table, NOW)));
      const won = tries.flatMap((attempt) =>
        attempt.status === "fulfilled" ? [attempt.value] : [],
      );
      expect(won).toHaveLength(1);
      for (const table of tables) processes.kill(table);
    }
  });

  it("is never held twice while many take it, release it and die at random", async () => {
    const path = join(scratchFolder(), "lock");
    const processes = new FakeProcesses();
    let holders = 0;
    let taken = 0;
    let pid = 1;
    const contend = async (worker: number) => {
      for (let i = 0; i < 60; i++) {
        const table = processes.start(pid++);
        let lock: Lock;
        try {
          lock = await acquireLock(path, table, NOW);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          continue;
        }
        expect(++holders).toBe(1);
        taken++;
        await new Promise(setImmediate);
        holders--;
        if ((worker + i) % 3 === 0) processes.kill(table);
        else await lock[Symbol.asyncDispose]();
      }
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(contend));
    expect(taken).toBeGreaterThan(6);
  });

  it.runIf(existsSync("/proc/self/stat"))("is taken over from a process killed by -9", async () => {
    const path = join(scratchFolder(), "lock");
    const child = spawn("sleep", ["60"]);
    const here = linuxProcessTable(process.pid);
    await acquireLock(path, linuxProcessTable(child.pid ?? 0), NOW);
    await expect(acquireLock(path, here, NOW)).rejects.toThrow(`process ${child.pid} has been`);
    child.kill("SIGKILL");
    await once(child, "exit");
    await using lock = await acquireLock(path, here, NOW);
    expect(lock.owner).toMatch(`${process.pid}:`);
  });

  it("mends itself when its folder is empty, and is no trouble to release when it is gone", async () => {
    const folder = scratchFolder();
    const path = join(folder, "lock");
    mkdirSync(path);
    {
      await using _lock = await acquireLock(path, new FakeProcesses().start(10), NOW);
      rmSync(path, { recursive: true });
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is left alone when it holds what loopty never wrote", async () => {
    const path = join(scratchFolder(), "lock");
    mkdirSync(path);
    writeFileSync(join(path, "mine"), "");
    await expect(acquireLock(path, new FakeProcesses().start(10), NOW)).rejects.toThrow(
      'holds "mine", which is no lock of loopty',
    );
    expect(readdirSync(path)).toEqual(["mine"]);
  });
});
