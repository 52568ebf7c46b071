import { describe, expect, it } from "vitest";
import { openSimulatedRun } from "./simulated-run.ts";

const HOUR_MS = 3_600_000;

/** A clock that can be set, beside time that goes on. */
class SetClock {
  #setByMs = 0;
  #steadyMs = 0;
  readonly now = (): Date => new Date(Date.UTC(2026, 0, 1) + this.#steadyMs + this.#setByMs);
  readonly steadyMs = (): number => this.#steadyMs;

  set(byMs: number): void {
    this.#setByMs += byMs;
  }

  pass(ms: number): void {
    this.#steadyMs += ms;
  }
}

describe("a clock that is set while a run grows", () => {
  it.each([
    ["forward by a day", 24 * HOUR_MS],
    ["back by a day", -24 * HOUR_MS],
  ])(
    "%s changes nothing of what budget.time allows, and no duration is below 0",
    async (_, byMs) => {
      const clock = new SetClock();
      const { grow, finish, store, events } = await openSimulatedRun({
        ...clock,
        yaml: "budget: { time: 1h, experiments: none }\n",
      });
      const ending = await grow({
        experiment: async ({ node }) => {
          clock.pass(HOUR_MS / 4);
          if (node.ordinal === 2) clock.set(byMs);
          return finish(node, "no_gain");
        },
      });
      expect(ending.text).toContain("the budget of 1h 00m is used up (1h 00m of 1h 00m)");
      expect(store.nodes).toHaveLength(5);
      for (const event of events) {
        if ("durationMs" in event) expect(event.durationMs).toBeGreaterThanOrEqual(0);
      }
    },
  );
});
