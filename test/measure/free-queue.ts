import type { MeasuringQueue, MeasuringTurn, Quieten } from "../../src/measure/slot.ts";
import type { Slot } from "../../src/measure/ticket.ts";

/** A machine on which nobody else measures. */
export class FreeQueue implements MeasuringQueue {
  async take([slot]: readonly Slot[]): Promise<MeasuringTurn> {
    if (slot === undefined) throw new RangeError("there is no slot");
    return { ticket: { number: 1, owner: "", slot }, [Symbol.asyncDispose]: async () => {} };
  }

  async quietCpus(): Promise<readonly string[]> {
    return [];
  }

  includes(_owner: string): boolean {
    return false;
  }

  hasLost(_owner: string): boolean {
    return false;
  }
}

export const NOBODY_TO_PAUSE: Quieten = async () => ({ [Symbol.asyncDispose]: async () => {} });
