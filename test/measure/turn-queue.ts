import type { MeasuringTurn } from "../../src/measure/slot.ts";
import type { Slot } from "../../src/measure/ticket.ts";
import { FreeQueue } from "./free-queue.ts";

/** A machine on which one measures at a time, in the order in which they came. */
export class TurnQueue extends FreeQueue {
  #last: Promise<void> = Promise.resolve();

  override async take(slots: readonly Slot[]): Promise<MeasuringTurn> {
    const before = this.#last;
    let pass = () => {};
    this.#last = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    const { ticket } = await super.take(slots);
    return { ticket, [Symbol.asyncDispose]: async () => pass() };
  }
}
