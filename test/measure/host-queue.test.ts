import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/core/error.ts";
import { HostQueue } from "../../src/measure/host-queue.ts";
import { collide, type Slot } from "../../src/measure/ticket.ts";
import { Machine } from "./machine.ts";

const never = () => new AbortController().signal;
const on = (cpus: string, alone = false): Slot => ({ cpus, alone, quiet: true });

describe("the bench of a machine", () => {
  let folder: string;
  const machine = new Machine();
  const ended: string[] = [];
  const queueOf = (pid: number) =>
    new HostQueue({
      folder: join(folder, "bench"),
      uid: process.getuid?.() ?? null,
      processes: machine.process(pid),
      endLeftoversOf: async (owner) => void ended.push(owner),
      projectOf: (other) => `project-${other}`,
      patienceMs: 0,
      isOwn: (other) => other < 100,
      now: () => new Date(0),
    });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopty-bench-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const tickets = async () =>
    (await readdir(join(folder, "bench"))).filter((name) => /^\d+$/.test(name));

  it("lets nobody measure where it would disturb, within a process and between processes", async () => {
    const measuring = new Set<Slot>();
    let measured = 0;
    const measure = async (pid: number, slots: readonly Slot[]) => {
      await using turn = await queueOf(pid).take(slots, never());
      const { slot } = turn.ticket;
      for (const other of measuring) expect(collide(slot, other)).toBe(false);
      measuring.add(slot);
      await sleep(3);
      measuring.delete(slot);
      measured++;
    };
    const wanted = [[on("0")], [on("1")], [on("0"), on("1")], [on("0-1")], [on("2", true)]];
    // Each goes round again, as pairs do: tickets are drawn while others are given back.
    const goRound = async (pid: number, start: number) => {
      for (let i = 0; i < 2 * wanted.length; i++) {
        await measure(pid, wanted[(start + i) % wanted.length] ?? []);
      }
    };
    await Promise.all([1, 2, 1, 3].map(goRound));
    expect(measured).toBe(40);
    expect(await tickets()).toEqual([]);
  });

  it("tells for whom one waits, once for each, and that the wait is over; of its own turns it tells nothing", async () => {
    const heard: unknown[] = [];
    const own = await queueOf(3).take([on("0")], never());
    const [first, second] = [await queueOf(1).take([on("1")], never()), queueOf(2)];
    const next = second.take([on("1")], never());
    await expect.poll(async () => (await tickets()).length).toBe(3);
    const turn = queueOf(3).take([on("0-1")], never(), (measurer) => heard.push(measurer));
    await expect.poll(() => heard).toEqual([{ pid: 1, project: "project-1" }]);
    await first[Symbol.asyncDispose]();
    await expect.poll(() => heard.at(-1)).toEqual({ pid: 2, project: "project-2" });
    await (await next)[Symbol.asyncDispose]();
    await sleep(50);
    expect(heard).toHaveLength(2);
    await own[Symbol.asyncDispose]();
    await (await turn)[Symbol.asyncDispose]();
    expect(heard).toEqual([
      { pid: 1, project: "project-1" },
      { pid: 2, project: "project-2" },
      null,
    ]);
  });

  it("lets two measure at once whose cpus are apart", async () => {
    await using _one = await queueOf(1).take([on("0-1")], never());
    await using other = await queueOf(2).take([on("1"), on("2")], never());
    expect(other.ticket.slot.cpus).toBe("2");
  });

  it("serves in the order in which they came", async () => {
    const order: number[] = [];
    const first = await queueOf(1).take([on("0")], never());
    const waiting: Promise<unknown>[] = [];
    for (const pid of [4, 2, 3]) {
      const turn = queueOf(pid).take([on("0")], never());
      waiting.push(
        turn.then(async (taken) => {
          order.push(pid);
          await taken[Symbol.asyncDispose]();
        }),
      );
      await expect.poll(async () => (await tickets()).length).toBe(waiting.length + 1);
    }
    await first[Symbol.asyncDispose]();
    await Promise.all(waiting);
    expect(order).toEqual([4, 2, 3]);
  });

  it("frees the slot of a process that was killed, once what it left running has ended", async () => {
    await queueOf(5).take([on("0", true)], never());
    queueOf(6)
      .take([on("0", true)], never())
      .catch(() => {});
    await expect.poll(tickets).toHaveLength(2);
    const waiting = queueOf(7).take([on("1")], never());
    await expect.poll(tickets).toHaveLength(3);
    machine.kill(6);
    machine.kill(5);
    await using _turn = await waiting;
    expect(new Set(ended)).toEqual(new Set(["5:boot:1", "6:boot:1"]));
    expect(await tickets()).toHaveLength(1);
  });

  it("stops waiting when it is told to, and leaves no ticket", async () => {
    const holder = await queueOf(9).take([on("0")], never());
    const stop = new AbortController();
    const waiting = queueOf(10).take([on("0")], stop.signal);
    await expect.poll(tickets).toHaveLength(2);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow();
    expect(await tickets()).toHaveLength(1);
    await holder[Symbol.asyncDispose]();
    await expect(queueOf(10).take([on("0")], stop.signal)).rejects.toThrow("stopped");
    expect(await tickets()).toEqual([]);
  });

  it("knows the cpus that others are paused for: of who measures, not of who waits or looks", async () => {
    expect(await queueOf(11).quietCpus()).toEqual([]);
    const own = await queueOf(11).take([on("0")], never());
    await using _other = await queueOf(12).take([on("1-2")], never());
    await using _look = await queueOf(13).take([{ ...on("3"), quiet: false }], never());
    const waiting = queueOf(14).take([on("0")], never());
    await expect.poll(tickets).toHaveLength(4);
    expect((await queueOf(12).quietCpus()).toSorted()).toEqual(["0", "1-2"]);
    expect(await queueOf(11).quietCpus(own)).toEqual(["1-2"]);
    await own[Symbol.asyncDispose]();
    await (await waiting)[Symbol.asyncDispose]();
  });

  it("tells living processes of this user, and killed ones", () => {
    const bench = queueOf(20);
    expect(bench.includes("21:boot:1")).toBe(true);
    expect(bench.includes("500:boot:1")).toBe(false);
    expect(bench.includes("nobody")).toBe(false);
    expect(bench.hasLost("21:boot:1")).toBe(false);
    machine.kill(21);
    expect(bench.includes("21:boot:1")).toBe(false);
    expect(bench.hasLost("21:boot:1")).toBe(true);
    // Another machine's processes, on an engine that both use, are not for us to judge.
    expect(bench.hasLost("21:elsewhere:1")).toBe(false);
    expect(bench.hasLost("nobody")).toBe(false);
  });

  it("does not measure beside what it cannot read", async () => {
    await (await queueOf(22).take([on("0")], never()))[Symbol.asyncDispose]();
    await writeFile(join(folder, "bench", "000000000001"), "{}");
    await expect(queueOf(22).take([on("0")], never())).rejects.toThrow(UserError);
  });
});
