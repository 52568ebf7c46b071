import { describe, expect, it } from "vitest";
import { type Action, StuckDetector } from "../../../src/agent/conversation/stuck.ts";

function action(name: string, result: string, isError = false): Action {
  return { name, input: { path: name }, result, isError };
}

function notices(actions: readonly Action[]): readonly (string | null)[] {
  const detector = new StuckDetector();
  return actions.map((each) => detector.notice(each));
}

const A = action("view", "text");
const B = action("run", "exit code 0");
const FAILED = action("edit", "no match", true);

describe("StuckDetector", () => {
  it("notices the fourth same result of the same action, then starts anew", () => {
    const said = "the same view had the same result 4 times in a row";
    expect(notices([A, A, A, A, A, A, A, A])).toEqual([
      null,
      null,
      null,
      said,
      null,
      null,
      null,
      said,
    ]);
  });

  it("notices the third same error", () => {
    expect(notices([FAILED, FAILED, FAILED]).at(-1)).toBe(
      "the same edit failed in the same way 3 times in a row",
    );
  });

  it("notices two actions in turn over six", () => {
    expect(notices([A, B, A, B, A, B])).toEqual([
      null,
      null,
      null,
      null,
      null,
      "the same two actions came in turn 6 times",
    ]);
  });

  it("takes another input, another result or a third action for progress", () => {
    const otherInput = { ...A, input: { path: "b.c" } };
    const otherResult = action("view", "other");
    expect(notices([A, A, A, otherInput, A, A, A, otherResult, A, B, A, FAILED, A, B])).toEqual(
      new Array(14).fill(null),
    );
  });

  it("does not take a time or a counter in a result for progress", () => {
    const timed = (ms: number) => action("build", `took ${ms} ms, see out-${ms}.log`);
    expect(notices([1, 2, 3, 4].map(timed)).at(-1)).not.toBeNull();
  });
});
