import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { checkSameRuntime } from "../../../src/loop/run/criteria.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

describe("the runtime of a run that goes on", () => {
  const nodes = [
    experimentNode("3", { runtime: "runc" }),
    experimentNode("3.1", { verdict: "build_failed" }),
    experimentNode("3.2", { runtime: "runc" }),
  ];

  it("is the one that its nodes were measured with", () => {
    expect(() => checkSameRuntime(3, nodes, "runc")).not.toThrow();
  });

  it("is refused where it is another: their numbers cannot be compared", () => {
    const check = () => checkSameRuntime(3, nodes, "runsc");
    expect(check).toThrow(UserError);
    expect(check).toThrow(
      "run 3 was measured with the runtime runc, and now it would be runsc: their numbers cannot be compared",
    );
  });

  it("is refused for a single node of another, wherever it stands", () => {
    const mixed = [...nodes, experimentNode("3.3", { runtime: "kata" })];
    expect(() => checkSameRuntime(3, mixed, "runc")).toThrow("the runtime kata");
  });

  it("is any while nothing was measured, and where a record is too old to say", () => {
    const unsaid = [experimentNode("3"), experimentNode("3.1", { verdict: "improved" })];
    expect(() => checkSameRuntime(3, unsaid, "kata")).not.toThrow();
    expect(() => checkSameRuntime(3, [], "kata")).not.toThrow();
  });

  it("is named without what a record could hide in it", () => {
    const hostile = [experimentNode("3", { runtime: "ru\u001b[2Jnc" })];
    expect(() => checkSameRuntime(3, hostile, "runc")).toThrow("ru\\x1b[2Jnc");
  });
});
