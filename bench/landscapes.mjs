// Made-up problems to search: what a change to a node brings, which the search finds out only by measuring.

/**
 * What is true of a node: its log gain over the baseline, and whatever decides about its children.
 * @typedef {{ gain: number, ceiling: number, dead: boolean, door: boolean }} Truth
 *
 * @typedef {object} Landscape
 * @property {string} name
 * @property {number} noise of a measured step, in log units
 * @property {number} ideas for one node; an agent takes one at random that no finished sibling tried
 * @property {(parent: Truth, random: import("../src/core/statistics/random.ts").Random) => Truth} child
 *   what comes of one idea; the same whoever has it, and whenever
 */

const CEILING = 1;
const COMMON = { noise: 0.004, ideas: 12 };

/** @type {Truth} */
export const BASELINE = { gain: 0, ceiling: CEILING, dead: false, door: false };

/** @type {readonly Landscape[]} */
export const LANDSCAPES = [
  { ...COMMON, name: "steady", child: climb },
  {
    // The first change decides on an approach, and how far that can go.
    ...COMMON,
    name: "ceilings",
    child: (parent, random) => {
      const ceiling = parent === BASELINE ? random.next() : parent.ceiling;
      return climb({ ...parent, ceiling }, random);
    },
  },
  {
    ...COMMON,
    name: "dead ends",
    child: (parent, random) => {
      const child = climb(parent, random, parent.dead ? 0 : 0.4);
      return { ...child, dead: parent.dead || random.next() < 0.5 };
    },
  },
  {
    ...COMMON,
    name: "few ideas",
    ideas: 4,
    child: (parent, random) => climb(parent, random, 0.4),
  },
  {
    // Some changes bring nothing by themselves and make room for large ones.
    ...COMMON,
    name: "hidden doors",
    child: (parent, random) => {
      const low = { ...parent, ceiling: parent.door ? CEILING : 0.4, door: false };
      if (!parent.door && random.next() < 0.12) return { ...parent, door: true };
      return { ...climb(low, random, parent.door ? 0.6 : 0.25), door: parent.door };
    },
  },
  { ...COMMON, name: "noisy", noise: 0.05, child: climb },
];

/**
 * A quarter of the changes gain: up to a third of what is left to the ceiling. Of the others some lose and most do nothing.
 * @param {Truth} parent
 * @param {import("../src/core/statistics/random.ts").Random} random
 */
function climb(parent, random, chance = 0.25) {
  const luck = random.next();
  const size = random.next();
  if (luck < chance) {
    const step = Math.max(0, parent.ceiling - parent.gain) * size * 0.33;
    return { ...parent, gain: parent.gain + step };
  }
  return luck > 0.75 ? { ...parent, gain: parent.gain - 0.1 * size } : parent;
}
