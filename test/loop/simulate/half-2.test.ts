import { expect, it } from "vitest";
import { playSeeds } from "./seeds.ts";

it("a run that is killed at random steps is whole at its end, for every other seed", async () => {
  expect(await playSeeds({ of: 2, part: 1 })).toEqual([]);
}, 600_000);
