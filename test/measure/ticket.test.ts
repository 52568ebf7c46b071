import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  collide,
  isNext,
  type Slot,
  shortestQueue,
  type Ticket,
} from "../../src/measure/ticket.ts";

const slot = (cpus: string, alone = false): Slot => ({ cpus, alone, quiet: true });
const ticket = (number: number, at: Slot): Ticket => ({ number, owner: "1:boot:1", slot: at });

describe("two slots", () => {
  it.each([
    ["share a cpu", slot("0-1"), slot("1-2"), true],
    ["are apart", slot("0-1"), slot("2"), false],
    ["are apart, and one is alone", slot("0"), slot("1", true), true],
    ["share a GPU alone", { ...slot("0"), gpu: "0" }, { ...slot("1"), gpu: "0" }, true],
    ["have a GPU each", { ...slot("0"), gpu: "0" }, { ...slot("1"), gpu: "1" }, false],
  ])("that %s", (_, a, b, expected) => {
    expect([collide(a, b), collide(b, a)]).toEqual([expected, expected]);
  });
});

describe("a ticket", () => {
  it("is next when nothing that collides stands before it, measuring or waiting", () => {
    const first = ticket(1, slot("0"));
    const both = ticket(2, slot("0-1"));
    const other = ticket(3, slot("1"));
    const apart = ticket(4, slot("2"));
    const standing = [apart, other, both, first];
    expect(standing.filter((each) => isNext(each, standing))).toEqual([apart, first]);
    const later = [apart, other, both];
    expect(later.filter((each) => isNext(each, later))).toEqual([apart, both]);
  });
});

describe("of several slots", () => {
  const slots = [slot("0"), slot("1"), slot("2")];

  it.each([
    [[], "0"],
    [["0"], "1"],
    [["0", "1", "2", "0"], "1"],
    [["0-1"], "2"],
  ])("with %j taken, the one with the fewest to wait for is chosen", (taken, cpus) => {
    const standing = taken.map((each, i) => ticket(i + 1, slot(each)));
    expect(shortestQueue(slots, standing).cpus).toBe(cpus);
  });
});

/** What can happen to the queue, by processes that measure on cpus of their own choice. */
const happening = fc.oneof(
  fc.record({
    kind: fc.constant("draw" as const),
    process: fc.integer({ min: 1, max: 5 }),
    slots: fc.array(
      fc.record({
        cpus: fc.constantFrom("0", "1", "2", "0-1", "1-2", "0,2", "0-3"),
        alone: fc.boolean(),
        quiet: fc.constant(true),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({ kind: fc.constant("end" as const), which: fc.nat() }),
  fc.record({ kind: fc.constant("kill" as const), process: fc.integer({ min: 1, max: 5 }) }),
);

describe("the queue of a machine", () => {
  it("never lets two measure that collide, never stands still, and is fair, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        let standing: readonly (Ticket & { readonly drawnAt: number })[] = [];
        let measuring = new Set<number>();
        for (const [drawnAt, event] of happenings.entries()) {
          if (event.kind === "draw") {
            const number = 1 + Math.max(0, ...standing.map((each) => each.number));
            const at = shortestQueue(event.slots, standing);
            standing = [...standing, { number, owner: `${event.process}`, slot: at, drawnAt }];
          } else if (event.kind === "end") {
            const running = [...measuring];
            const ended = running[event.which % Math.max(1, running.length)];
            standing = standing.filter(({ number }) => number !== ended);
          } else {
            standing = standing.filter(({ owner }) => owner !== `${event.process}`);
          }
          const before = standing.filter(({ number }) => measuring.has(number));
          const now = standing.filter((each) => isNext(each, standing));
          measuring = new Set(now.map(({ number }) => number));
          // Whoever measures goes on, whatever else is drawn, ends or dies.
          expect(now).toEqual(expect.arrayContaining(before));
          for (const a of now) {
            for (const b of now) if (a !== b) expect(collide(a.slot, b.slot)).toBe(false);
          }
          if (standing.length > 0) expect(now).not.toEqual([]);
          for (const each of standing.filter((other) => !now.includes(other))) {
            const ahead = standing.filter(({ drawnAt: at }) => at < each.drawnAt);
            expect(ahead.some((other) => collide(other.slot, each.slot))).toBe(true);
          }
        }
      }),
    );
  });
});
