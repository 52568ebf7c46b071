import { describe, expect, it } from "vitest";
import { canStartFrom, type HandedIn, waitingChanges } from "../../../src/core/tree/handed-in.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const change = (number: number): HandedIn => ({
  number,
  kind: "try",
  id: parseId("1"),
  commit: "c".repeat(40),
  tree: "d".repeat(40),
  description: "a change",
  hypothesis: "",
});
const changes = [change(3), change(5)];
const waiting = (...nodes: Parameters<typeof experimentNode>[]) =>
  waitingChanges(
    changes,
    nodes.map((node) => experimentNode(...node)),
  ).map(({ number }) => number);

describe("a change that was handed in", () => {
  it("waits until a node carries it out, whatever comes of that", () => {
    expect(waiting()).toEqual([3, 5]);
    expect(waiting(["1.1", { order: 3, phase: "reserved" }])).toEqual([5]);
    expect(waiting(["1.1", { order: 3, verdict: "infra_error" }])).toEqual([5]);
    expect(waiting(["1.1", { order: null, verdict: "worse" }])).toEqual([3, 5]);
  });

  it("waits again when a kill ended its node, but not for ever", () => {
    const killed = (id: string): [string, object] => [id, { order: 3, verdict: "interrupted" }];
    expect(waiting(killed("1.1"))).toEqual([3, 5]);
    expect(waiting(killed("1.1"), ["1.2", { order: 3, phase: "proposed" }])).toEqual([5]);
    expect(waiting(killed("1.1"), killed("1.2"))).toEqual([3, 5]);
    expect(waiting(killed("1.1"), killed("1.2"), killed("1.3"))).toEqual([5]);
  });

  it("may start from a node that is finished and has files", () => {
    const nodes = [
      experimentNode("1", { commit: "c".repeat(40) }),
      experimentNode("1.1", { commit: "c".repeat(40), phase: "proposed" }),
      experimentNode("1.2"),
    ];
    const starts = ["1", "1.1", "1.2", "1.3"].map((id) => canStartFrom(parseId(id), nodes));
    expect(starts).toEqual([true, false, false, false]);
  });
});
