import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logGains } from "../../../src/core/judging/comparison.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { chooseScale, placeOn, withScales } from "../../../src/core/metrics/scale.ts";
import { byPriority } from "../../../src/core/search/preference.ts";
import { rankNodes } from "../../../src/core/search/ranking.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const ERRORS = readHeader("errors (lower is better)");
const SIZE = readHeader("size (lower is better)");

/** Any sign and size that a benchmark may print. */
const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -10, max: 10 }),
  fc.constantFrom(0, -0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE),
);

describe("chooseScale", () => {
  it("is by ratio where all values are above 0, by difference where one is not, or what is wanted", () => {
    expect(chooseScale([90, 100, 110], null)).toEqual({ kind: "ratio", unit: 100 });
    expect(chooseScale([0, -8, 6], null)).toEqual({ kind: "difference", unit: 6 });
    expect(chooseScale([0, 0], null)).toEqual({ kind: "difference", unit: 1 });
    expect(chooseScale([100], "difference")).toEqual({ kind: "difference", unit: 100 });
  });
});

describe("placeOn", () => {
  const ratio = chooseScale([100], null);

  it("makes ratios of values above 0, and has a place for nothing and less", () => {
    expect(placeOn(ratio, 200) - placeOn(ratio, 100)).toBe(Math.log(200) - Math.log(100));
    const toNothing = placeOn(ratio, 100) - placeOn(ratio, 0);
    expect(toNothing).toBeCloseTo(Math.log(1e9) + 1, 10);
    // As far below as above.
    expect(placeOn(ratio, 0) - placeOn(ratio, -100)).toBeCloseTo(toNothing, 10);
  });

  it("makes shares of the baseline's size of differences", () => {
    const difference = chooseScale([0, -8, 6], null);
    expect(placeOn(difference, 9) - placeOn(difference, -3)).toBe(2);
  });

  it("never turns the order of two values around, and is finite", () => {
    const kind = fc.constantFrom("ratio" as const, "difference" as const, null);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), kind, value, value, (runs, wanted, a, b) => {
        const scale = chooseScale(runs, wanted);
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((each) => placeOn(scale, each));
        expect(low).toBeLessThanOrEqual(high ?? Number.NaN);
        expect(Number.isFinite(low)).toBe(true);
        expect(Number.isFinite(high)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("withScales", () => {
  it("refuses a scale for a metric that there is not", () => {
    expect(() => withScales([ERRORS], [[1]], { mistakes: "ratio" })).toThrow(
      'metrics.scale: the benchmark has no metric "mistakes"',
    );
  });
});

describe("ranking by an exact metric", () => {
  const rankOf = (root: number, values: readonly number[], others: readonly number[]) => {
    const metrics = withScales([ERRORS, SIZE], [[root, 100]], {});
    const stepsOf = (from: readonly number[], to: readonly number[]) =>
      metrics.map((metric, k) => {
        const pair = { order: "parent_first" as const, parent: from, child: to };
        return [metric.name, logGains(metric, k, [pair])[0] ?? 0] as const;
      });
    const nodes = values.map((errors, i) => {
      // By another node, as a lineage goes.
      const [between, end] = [
        [others[i] ?? root, 50],
        [errors, 90],
      ];
      const back = Object.fromEntries(stepsOf(between, end));
      const sums = stepsOf([root, 100], between).map(([name, gain]) => [
        name,
        gain + (back[name] ?? 0),
      ]);
      return experimentNode(`1.${i + 1}`, { logGainFromRoot: Object.fromEntries(sums) });
    });
    const ranked = rankNodes(nodes, byPriority(metrics, {}, ["errors", "size"]), new Map());
    return ranked.map(({ id }) => values[Number(id.split(".")[1]) - 1]);
  };

  it("puts no errors before ten, and 1000 before 1001, where less than that would be noise", () => {
    expect(rankOf(100, [10, 0, 20], [])).toEqual([0, 10, 20]);
    expect(rankOf(1000, [1001, 1000], [])).toEqual([1000, 1001]);
  });

  it("never contradicts the order of its values, of every sign and size, by whatever nodes they came", () => {
    // No two nearer to each other than 1 in a million, as gains are sums of logs.
    const coarse = value.map((each) => Number(each.toPrecision(6)));
    const values = fc.uniqueArray(coarse, { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        values,
        values,
        (root, ends, others) => {
          const visible = ends.filter((each) => each === 0 || Math.abs(each) > 1e-6 * root);
          expect(
            rankOf(
              root,
              visible,
              others.map((each) => each % 1e6),
            ),
          ).toEqual(visible.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 500 },
    );
  });
});
