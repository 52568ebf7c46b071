import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contaminationOf,
  type Disturbance,
  mayDiscard,
} from "../../../src/core/judging/contamination.ts";

const quiet: Disturbance = {
  wallMs: 500,
  cpuMs: 480,
  stealMs: 0,
  pressureMs: 0,
  throttledMs: 0,
  throttledPeriods: 0,
};
const unknown: Disturbance = {
  wallMs: 500,
  cpuMs: null,
  stealMs: null,
  pressureMs: null,
  throttledMs: null,
  throttledPeriods: null,
};

describe("contaminationOf", () => {
  it("is a run from which more than a tenth was stolen, or that was throttled", () => {
    expect(contaminationOf(quiet, { ...quiet, stealMs: 100 })).toBe(
      "the hypervisor gave 18.0 % of a run's time to others",
    );
    expect(contaminationOf(quiet, { ...quiet, throttledPeriods: 2, throttledMs: 91.6 })).toBe(
      "a quota kept a run off its CPUs for 92 ms",
    );
    expect(contaminationOf(quiet, quiet)).toBeNull();
  });

  it("is a run that waited for a cpu most of its time, while nothing of it ran", () => {
    const waited = { ...quiet, cpuMs: 190, pressureMs: 310 };
    expect(contaminationOf(quiet, waited)).toBe("a run waited for a cpu for 62.0 % of its time");
    expect(contaminationOf(quiet, { ...waited, cpuMs: 250 })).toBeNull();
    // It sleeps, and nothing waits.
    expect(contaminationOf(quiet, { ...waited, pressureMs: 20 })).toBeNull();
    // Its own threads wait for each other: one of them runs all the time.
    expect(contaminationOf(quiet, { ...quiet, cpuMs: 500, pressureMs: 480 })).toBeNull();
    expect(contaminationOf(quiet, { ...quiet, cpuMs: 900, pressureMs: 480 })).toBeNull();
    expect(contaminationOf(quiet, { ...waited, cpuMs: null })).toBeNull();
    expect(contaminationOf(quiet, { ...waited, pressureMs: null })).toBeNull();
  });

  it("takes a tick of the kernel's clock for nothing, and eight busy CPUs for eight times the time", () => {
    expect(contaminationOf(quiet, { ...quiet, stealMs: 60 })).toBeNull();
    expect(contaminationOf(quiet, { ...quiet, stealMs: 70 })).not.toBeNull();
    const short = { ...quiet, wallMs: 20, cpuMs: 20 };
    expect(contaminationOf(short, { ...short, stealMs: 10 })).toBeNull();
    const wide = { ...quiet, cpuMs: 4000 };
    expect(contaminationOf(wide, { ...wide, stealMs: 300 })).toBeNull();
  });

  it("is never found where nothing is known", () => {
    expect(contaminationOf(unknown, unknown)).toBeNull();
    expect(contaminationOf({ ...unknown, wallMs: 0 }, { ...unknown, wallMs: 0 })).toBeNull();
  });

  it("is the same, word for word, whichever of the two is the child", () => {
    const run = fc.record({
      wallMs: fc.nat({ max: 1000 }),
      cpuMs: fc.option(fc.nat({ max: 2000 })),
      stealMs: fc.option(fc.nat({ max: 300 })),
      pressureMs: fc.option(fc.nat({ max: 1200 })),
      throttledMs: fc.constantFrom(null, 0, 0, 12.5),
      throttledPeriods: fc.constantFrom(null, 0, 0, 2),
    });
    fc.assert(
      fc.property(run, run, (one, other) => {
        expect(contaminationOf(one, other)).toBe(contaminationOf(other, one));
      }),
    );
  });
});

describe("mayDiscard", () => {
  it("never lets more than a fifth of the pairs be discarded, however many are contaminated", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (contaminated) => {
        const measured = [{ pair: 0, counts: false }];
        for (const isContaminated of contaminated) {
          const counts = !isContaminated || !mayDiscard(measured);
          measured.push({ pair: measured.length, counts });
          const discarded = measured.filter(({ pair, counts: does }) => pair > 0 && !does).length;
          expect(discarded).toBeLessThanOrEqual(0.2 * (measured.length - 1));
        }
      }),
    );
  });

  it("lets the fifth, the tenth and the fifteenth of contaminated pairs go", () => {
    const measured = [{ pair: 0, counts: false }];
    while (measured.length < 16) {
      measured.push({ pair: measured.length, counts: !mayDiscard(measured) });
    }
    expect(measured.filter(({ counts }) => !counts).map(({ pair }) => pair)).toEqual([
      0, 5, 10, 15,
    ]);
  });
});
