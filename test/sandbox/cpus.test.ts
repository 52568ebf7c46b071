import { describe, expect, it } from "vitest";
import { chooseCpus, lentCpus } from "../../src/sandbox/cpus.ts";

describe("cpus", () => {
  const choose = (count: number, agentCpus: string | null, measureCpus: string | string[] | null) =>
    chooseCpus(count, { agentCpus, measureCpus });

  it.each([
    [1, null, null, "0", ["0"]],
    [2, null, null, "0", ["1"]],
    [8, null, null, "0-6", ["7"]],
    // What the user gives to one, the other does not take.
    [4, null, "1", "0,2-3", ["1"]],
    [4, "2-3", null, "2-3", ["1"]],
    [8, null, ["1", "4-5"], "0,2-3,6-7", ["1", "4-5"]],
    // Nothing else is left.
    [2, null, "0-1", "0-1", ["0-1"]],
    [2, "0-1", null, "0-1", ["1"]],
    // As the user says.
    [4, "0-3", "3", "0-3", ["3"]],
  ])("of %i, agents on %j and measuring on %j", (count, agents, measures, agent, measure) => {
    expect(choose(count, agents, measures)).toEqual({ agent, measure });
  });

  it.each([
    ["4-7", "4-6", "7"],
    ["3,9", "3", "9"],
    ["5", "5", "5"],
    [null, null, null],
  ])(
    "of those that are lent, %j, agents have %j and %j measures",
    (lent, agentCpus, measureCpus) => {
      expect(lentCpus(lent)).toEqual({ agentCpus, measureCpus });
    },
  );
});
