import { describe, expect, it } from "vitest";
import { MeasuringSlots, type MeasuringTurn } from "../../src/measure/slot.ts";
import { type Slot, shortestQueue, type Ticket } from "../../src/measure/ticket.ts";
import { FreeQueue } from "./free-queue.ts";

const never = new AbortController().signal;

/** Gives every turn at once, to the slot with the fewest, and notes what happens. */
class NotingBench extends FreeQueue {
  readonly log: string[] = [];
  readonly taken: Ticket[] = [];

  override async take(slots: readonly Slot[]): Promise<MeasuringTurn> {
    const ticket = { number: 1, owner: "", slot: shortestQueue(slots, this.taken) };
    this.taken.push(ticket);
    this.log.push(`take ${ticket.slot.cpus}`);
    return {
      ticket,
      [Symbol.asyncDispose]: async () => void this.log.push("give back"),
    };
  }

  readonly quieten = async ({ ticket }: MeasuringTurn) => {
    this.log.push(`pause ${ticket.slot.cpus}`);
    return { [Symbol.asyncDispose]: async () => void this.log.push("unpause") };
  };
}

const slotsOn = (cpus: string | readonly string[], gpus: readonly string[] = []) => {
  const bench = new NotingBench();
  return { bench, slots: new MeasuringSlots(bench, bench.quieten, cpus, gpus) };
};

describe("the slots of a run", () => {
  it("are one alone on the machine, or one for every entry of a list", async () => {
    const single = slotsOn("1");
    await single.slots.forComparison().exclusive(never, async () => {});
    expect(single.bench.taken.map(({ slot }) => slot)).toEqual([
      { cpus: "1", alone: true, quiet: true },
    ]);
    const list = slotsOn(["1", "2-3"]);
    const used = await Promise.all(
      [1, 2].map(() => list.slots.forComparison().exclusive(never, async (cpus) => cpus)),
    );
    expect(used).toEqual(["1", "2-3"]);
    expect(list.bench.taken.map(({ slot }) => slot.alone)).toEqual([false, false]);
  });

  it("have a GPU each, where there are any, for measuring and for work", async () => {
    const { bench, slots } = slotsOn(["1", "2"], ["0", "GPU-5"]);
    const used = await Promise.all([
      ...[1, 2].map(() => slots.forComparison().exclusive(never, async (...place) => place)),
      slots.forWork("0", never, async (gpu) => [gpu]),
    ]);
    expect(used).toEqual([["1", "0"], ["2", "GPU-5"], [expect.stringMatching(/^(0|GPU-5)$/)]]);
    expect(bench.taken.map(({ slot }) => slot).at(-1)).toMatchObject({ cpus: "0", quiet: false });
  });

  it("are not asked for by work without a GPU", async () => {
    const { bench, slots } = slotsOn("1");
    expect(await slots.forWork("0", never, async (gpu) => ["done", gpu])).toEqual([
      "done",
      undefined,
    ]);
    expect(bench.taken).toEqual([]);
  });

  it("keep all turns of a comparison on the cpus of its first", async () => {
    const { slots } = slotsOn(["0", "1", "2"]);
    const comparisons = [slots.forComparison(), slots.forComparison(), slots.forComparison()];
    const used: string[][] = [];
    for (let pair = 0; pair < 5; pair++) {
      // In another order each time, so that another slot would be the shortest.
      const turned = pair % 2 === 0 ? comparisons : comparisons.toReversed();
      for (const slot of turned) {
        await slot.exclusive(never, async (cpus) => {
          const i = comparisons.indexOf(slot);
          used[i] = [...(used[i] ?? []), cpus];
        });
      }
    }
    expect(used).toEqual(["0", "1", "2"].map((cpus) => Array(5).fill(cpus)));
  });

  it("pause others while they measure, and let them go on before the turn is handed on", async () => {
    const { bench, slots } = slotsOn("1");
    const slot = slots.forComparison();
    await slot.exclusive(never, async () => void bench.log.push("measure"));
    expect(bench.log).toEqual(["take 1", "pause 1", "measure", "unpause", "give back"]);
  });

  it("do all that when the measurement fails, too", async () => {
    const { bench, slots } = slotsOn("1");
    const failing = slots.forComparison().exclusive(never, async () => {
      throw new Error("no benchmark");
    });
    await expect(failing).rejects.toThrow("no benchmark");
    expect(bench.log).toEqual(["take 1", "pause 1", "unpause", "give back"]);
  });

  it("pause nobody for a rough look, which is alone where measuring is", async () => {
    for (const cpus of ["1", ["1", "2"]]) {
      const { bench, slots } = slotsOn(cpus);
      await slots.forLook("0").exclusive(never, async () => {});
      expect(bench.log).toEqual(["take 0", "give back"]);
      expect(bench.taken[0]?.slot.alone).toBe(cpus === "1");
    }
  });
});
