import { expect, it } from "vitest";
import { playSeeds } from "./seeds.ts";

it("a run on three machines that go and come back is whole at its end, however often it is killed", async () => {
  expect(await playSeeds({ of: 1, part: 0, machines: ["b", "c"] })).toEqual([]);
}, 3_600_000);
