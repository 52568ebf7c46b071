import { describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import {
  NO_STEERING,
  notesFor,
  type SteeringOrder,
  steer,
  steeringOf,
  steeringOrderSchema,
} from "../../../src/core/tree/steering.ts";

const id = parseId("1.3");
const given = (...orders: SteeringOrder[]) => orders.reduce(steer, NO_STEERING);
const note = (on: string, text: string): SteeringOrder => ({ kind: "note", id: parseId(on), text });

describe("steer", () => {
  it("keeps one mark a node: the last word counts", () => {
    expect(steeringOf(given({ kind: "pin", id }), id).mark).toBe("pinned");
    expect(steeringOf(given({ kind: "pin", id }, { kind: "freeze", id }), id).mark).toBe("frozen");
    expect(steeringOf(given({ kind: "freeze", id }, { kind: "pin", id }), id).mark).toBe("pinned");
  });

  it("takes away only the mark that is meant", () => {
    const pinned = given({ kind: "pin", id });
    expect(steeringOf(steer(pinned, { kind: "unpin", id }), id).mark).toBeNull();
    expect(steeringOf(steer(pinned, { kind: "unfreeze", id }), id).mark).toBe("pinned");
    const frozen = given({ kind: "freeze", id });
    expect(steeringOf(steer(frozen, { kind: "unpin", id }), id).mark).toBe("frozen");
    expect(steeringOf(steer(frozen, { kind: "unfreeze", id }), id).mark).toBeNull();
  });

  it("leaves what was there before as it is", () => {
    const before = given({ kind: "pin", id });
    steer(before, { kind: "freeze", id: parseId("1.4") });
    steer(before, note("1.3", "more"));
    expect(before).toEqual({ marks: new Map([[id, "pinned"]]), notes: [], ideas: [] });
    expect(steer(before, { kind: "stop", owner: "1:boot:2" })).toEqual(before);
  });
});

it("keeps pinned ideas in the order of the last word on each", () => {
  const idea = (kind: "pin_idea" | "unpin_idea", number: number): SteeringOrder => ({
    kind,
    id,
    number,
  });
  const pinned = given(idea("pin_idea", 1), idea("pin_idea", 2), idea("pin_idea", 1));
  expect(pinned.ideas).toEqual([
    { from: id, number: 2 },
    { from: id, number: 1 },
  ]);
  expect(steer(pinned, idea("unpin_idea", 2)).ideas).toEqual([{ from: id, number: 1 }]);
});

describe("notesFor", () => {
  it("gives those on the lineage of the parent, in the order given", () => {
    const steering = given(
      note("1.3", "b"),
      note("1.4", "no"),
      note("1", "a"),
      note("1.3.2.1", "c"),
    );
    const texts = (parent: string) => notesFor(steering, parseId(parent)).map(({ text }) => text);
    expect(texts("1.3.2.1")).toEqual(["b", "a", "c"]);
    expect(texts("1.3.2")).toEqual(["b", "a"]);
    expect(texts("1.33")).toEqual(["a"]);
    expect(steeringOf(steering, id).notes).toEqual(["b"]);
  });
});

describe("an order that is read", () => {
  const isOrder = (value: unknown) => steeringOrderSchema.safeParse(value).success;

  it("is one of the known ones, of a node and of a length that fits", () => {
    expect(isOrder({ kind: "pin", id: "1.3" })).toBe(true);
    expect(isOrder({ kind: "note", id: "1.3", text: "x".repeat(2000) })).toBe(true);
    expect(isOrder({ kind: "stop", owner: "1:boot:2" })).toBe(true);
    for (const no of [
      null,
      {},
      { kind: "pin" },
      { kind: "pin", id: "../1" },
      { kind: "pin", id: "1.3", text: "more" },
      { kind: "note", id: "1.3", text: "x".repeat(2001) },
      { kind: "note", id: "1.3", text: "  " },
      { kind: "delete", id: "1.3" },
      { kind: "stop" },
    ]) {
      expect(isOrder(no), JSON.stringify(no)).toBe(false);
    }
  });
});
