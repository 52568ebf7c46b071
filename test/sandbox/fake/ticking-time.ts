import { VirtualTime } from "./virtual-time.ts";

/** Virtual time with ticks, for tests of who looks after something beside the work. It passes as long as somebody ticks. */
export class TickingTime extends VirtualTime {
  override async *ticks(intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
    while (!signal.aborted) {
      await this.sleep(intervalMs, signal).catch(() => {});
      if (!signal.aborted) yield;
    }
  }
}
