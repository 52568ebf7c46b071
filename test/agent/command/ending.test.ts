import { describe, expect, it } from "vitest";
import { type CommandLineEnd, endingOf } from "../../../src/agent/command/ending.ts";
import type { Finish } from "../../../src/agent/conversation/tools/finish-input.ts";
import { UserError } from "../../../src/core/error.ts";

const quiet: CommandLineEnd = {
  exitCode: 0,
  lastText: "Rows of b,\nonce more.",
  errors: "",
  finish: null,
  fault: null,
  isSpent: false,
  hopeless: null,
};
const failed = { ...quiet, exitCode: 1 };

describe("the end of a command line", () => {
  it("hands in what it finished, whatever its exit code", () => {
    const finish: Finish = {
      outcome: "ready",
      description: "Rows",
      hypothesis: "Cache",
      analysis: "It fits",
      next_ideas: ["tiles"],
    };
    expect(endingOf({ ...failed, finish })).toEqual({
      kind: "proposed",
      description: "Rows",
      hypothesis: "Cache",
      lesson: { text: "It fits", ideas: ["tiles"], took: "" },
    });
    expect(endingOf({ ...quiet, finish: { ...finish, outcome: "abandon" } })).toMatchObject({
      kind: "abandoned",
      reason: "Rows",
    });
  });

  it("takes its last words where it did not finish", () => {
    expect(endingOf(quiet)).toEqual({
      kind: "proposed",
      description: "Rows of b, once more.",
      hypothesis: "",
    });
    expect(endingOf({ ...quiet, lastText: "" })).toMatchObject({
      description: expect.stringContaining("without a last word"),
    });
  });

  it("is the node's where the command line gave up or the budget did", () => {
    expect(endingOf({ ...failed, errors: "no such model" })).toEqual({
      kind: "abandoned",
      reason: "the command line ended with exit code 1: no such model",
    });
    expect(endingOf({ ...failed, isSpent: true })).toMatchObject({ kind: "abandoned" });
    expect(endingOf({ ...failed, exitCode: null, hopeless: "it asked 20 times" })).toEqual({
      kind: "abandoned",
      reason: "it asked 20 times",
    });
  });

  it("is the API's where that failed, and the user's where only they can mend it", () => {
    const fault = { status: 500, reason: "the API answered 500" };
    expect(endingOf({ ...failed, fault })).toEqual({ kind: "failed", reason: fault.reason });
    const noKey = { status: 401, reason: "the API answered 401" };
    expect(() => endingOf({ ...failed, fault: noKey })).toThrow(UserError);
  });
});
