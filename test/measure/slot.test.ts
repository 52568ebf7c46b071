import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MeasuringSlot } from "../../src/measure/slot.ts";
import { waitForLock } from "../../src/store/lock.ts";
import type { Owner, ProcessTable } from "../../src/store/owner.ts";

const never = new AbortController().signal;
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Processes that live until they are killed. */
class Machine {
  readonly #dead = new Set<number>();

  process(pid: number): ProcessTable {
    return {
      self: () => ({ pid, bootId: "boot", startTime: "1" }),
      isAlive: (owner: Owner) => !this.#dead.has(owner.pid),
    };
  }

  kill(pid: number): void {
    this.#dead.add(pid);
  }
}

describe("MeasuringSlot", () => {
  let folder: string;
  const machine = new Machine();
  const slotOf = (pid: number) =>
    new MeasuringSlot((signal) =>
      waitForLock(join(folder, "slot"), machine.process(pid), () => new Date(0), signal),
    );
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopty-slot-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("lets one measure at a time, within a process and between processes", async () => {
    let measuring = 0;
    let most = 0;
    const measure = async () => {
      most = Math.max(most, ++measuring);
      await pause();
      measuring--;
    };
    const [a, b] = [slotOf(1), slotOf(2)];
    await Promise.all([a, b, a, b, a].map((slot) => slot.exclusive(never, measure)));
    expect(most).toBe(1);
  });

  it("is free again when who held it fails or is killed", async () => {
    const failing = slotOf(3).exclusive(never, async () => {
      throw new Error("no benchmark");
    });
    await expect(failing).rejects.toThrow("no benchmark");
    expect(await slotOf(4).exclusive(never, async () => "measured")).toBe("measured");

    const killed = slotOf(5).exclusive(never, () => new Promise(() => {}));
    killed.catch(() => {});
    await pause();
    const waiting = slotOf(6).exclusive(never, async () => "measured");
    machine.kill(5);
    expect(await waiting).toBe("measured");
  });

  it("stops waiting when it is told to", async () => {
    const holder = slotOf(7).exclusive(never, () => new Promise(() => {}));
    holder.catch(() => {});
    await pause();
    const stop = new AbortController();
    const waiting = slotOf(8).exclusive(stop.signal, async () => "measured");
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow();
  });
});
