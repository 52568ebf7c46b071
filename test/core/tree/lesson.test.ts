import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import {
  ideasAlong,
  ideasOf,
  keptLesson,
  type Lesson,
  lessonSchema,
  NO_LESSON,
  openIdeas,
} from "../../../src/core/tree/lesson.ts";
import { experimentNode } from "../../agent/experiment-node.ts";

const taught = (id: string, lesson: Partial<Lesson>) =>
  experimentNode(id, { lesson: { ...NO_LESSON, ...lesson } });
const NODES = [
  taught("1", {}),
  taught("1.1", { ideas: ["tile", "unroll"] }),
  taught("1.2", { ideas: ["prefetch"] }),
  taught("1.1.1", { ideas: ["unroll less"], took: { from: parseId("1.1"), number: 2 } }),
];

describe("ideasOf", () => {
  it("names every idea by its node and number, with those that took it", () => {
    const told = ideasOf(NODES.toReversed()).map(
      ({ name, text, takers }) => `${name} ${text}: ${takers.map(({ id }) => id).join() || "open"}`,
    );
    expect(told).toEqual([
      "1.1#1 tile: open",
      "1.1#2 unroll: 1.1.1",
      "1.1.1#1 unroll less: open",
      "1.2#1 prefetch: open",
    ]);
  });

  it("gives a node its own first, then those that it is built on, and no other branch's", () => {
    expect(ideasAlong(parseId("1.1.1"), NODES).map(({ name }) => name)).toEqual([
      "1.1.1#1",
      "1.1#1",
      "1.1#2",
    ]);
  });
});

describe("openIdeas", () => {
  it("are those that nobody took, the latest first", () => {
    const numbered = NODES.map((node, ordinal) => ({ ...node, ordinal }));
    expect(openIdeas(numbered).map(({ name }) => name)).toEqual(["1.1.1#1", "1.2#1", "1.1#1"]);
  });
});

describe("keptLesson", () => {
  it("keeps the idea that was tried only where there is such an idea", () => {
    const took = (name: string) =>
      keptLesson({ text: "", ideas: [], took: name }, NO_LESSON, NODES).took;
    expect(took(" 1.1#2 ")).toEqual({ from: "1.1", number: 2 });
    expect(["1.1#3", "1.9#1", "the second", ""].map(took)).toEqual([null, null, null, null]);
  });

  it("keeps what an earlier end of the same node said where a later one says nothing", () => {
    const first = keptLesson({ text: "found", ideas: ["a"], took: "1.1#1" }, NO_LESSON, NODES);
    expect(keptLesson({ text: " ", ideas: [], took: "" }, first, NODES)).toEqual(first);
    expect(keptLesson({ text: "", ideas: ["b"], took: "" }, first, NODES)).toEqual({
      ...first,
      ideas: ["b"],
    });
  });

  it("is bounded, printable and fits the record, whatever is given", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 3000 }),
        fc.array(fc.string({ unit: "binary", maxLength: 400 }), { maxLength: 9 }),
        fc.string(),
        (text, ideas, took) => {
          const kept = lessonSchema.parse(keptLesson({ text, ideas, took }, NO_LESSON, NODES));
          expect(kept.text.length).toBeLessThanOrEqual(2000);
          expect(kept.ideas.length).toBeLessThanOrEqual(5);
          expect(JSON.stringify(kept).length).toBeLessThan(2000 * 2 + 5 * 300 * 2 + 200);
          expect(kept.text + kept.ideas.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        },
      ),
    );
  });
});
