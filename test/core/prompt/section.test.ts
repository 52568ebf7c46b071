import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../src/core/prompt/cut-text.ts";
import {
  blockBody,
  dataBlock,
  dataLine,
  type Entry,
  fitSections,
  fixedBody,
  joinSections,
  listBody,
} from "../../../src/core/prompt/section.ts";

function entry(...levels: readonly [string, ...string[]]): Entry {
  return { levels };
}

function bodyOf(entries: readonly Entry[], firstInFull = false) {
  return listBody({
    intro: "intro",
    entries,
    byImportance: entries.toReversed(),
    firstInFull,
    leftOut: (rest) => (rest.length === 0 ? "" : `+${rest.length}`),
  });
}

describe("listBody", () => {
  const entries = [entry("a", "a one", "a one two"), entry("b", "b one", "b one two"), entry("c")];

  it("writes all of it where there is room", () => {
    const body = bodyOf(entries);
    expect(body.fullBytes).toBe(27);
    expect(body.fit(27)).toBe("intro\na one two\nb one two\nc");
  });

  it("shortens every entry a little before any of them much, the most important last", () => {
    expect(bodyOf(entries).fit(23)).toBe("intro\na one\nb one two\nc");
    expect(bodyOf(entries).fit(19)).toBe("intro\na one\nb one\nc");
    expect(bodyOf(entries).fit(15)).toBe("intro\na\nb one\nc");
  });

  it("drops the least important where not even the shortest fit, and says how many", () => {
    expect(bodyOf(entries).fit(11)).toBe("intro\na\nb\nc");
    expect(bodyOf(entries).fit(10)).toBe("intro\nc\n+2");
    expect(bodyOf(entries).fit(8)).toBe("intro\n+3");
    expect(bodyOf(entries).leastBytes).toBe(8);
  });

  it("writes the first in full before the others get any room, where that is asked for", () => {
    const two = entries.slice(0, 2);
    expect(bodyOf(two).fit(18)).toBe("intro\na one\nb one");
    expect(bodyOf(two, true).fit(18)).toBe("intro\na\nb one two");
    expect(bodyOf(two, true).fit(9)).toBe("intro\na\nb");
  });

  it("keeps to its bytes, and has all of it at its full size", () => {
    const text = fc.string({ minLength: 1, maxLength: 30 }).map((each) => each.replace(/\n/g, ""));
    const levels = fc
      .array(text, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.map((_, i) => parts.slice(0, i + 1).join("-")))
      .map(([first = "", ...rest]) => entry(first || "x", ...rest.map((each) => each || "x")));
    const lists = fc.tuple(fc.array(levels, { maxLength: 12 }), fc.boolean(), fc.nat(400));
    fc.assert(
      fc.property(lists, ([list, firstInFull, extraBytes]) => {
        const body = bodyOf(list, firstInFull);
        const maxBytes = body.leastBytes + extraBytes;
        expect(bytesOf(body.fit(maxBytes))).toBeLessThanOrEqual(maxBytes);
        expect(bytesOf(body.fit(body.fullBytes))).toBe(body.fullBytes);
      }),
    );
  });
});

describe("fitSections", () => {
  const long = blockBody("intro", "word ".repeat(200).trim());

  it("gives each its share, then the first what is left", () => {
    const section = (tag: "your_task" | "you_are", share: number) => ({ tag, share, body: long });
    const texts = fitSections([section("you_are", 0.3), section("your_task", 0.3)], 1000);
    const sizes = [...texts.values()].map(bytesOf);
    expect(sizes[0]).toBeGreaterThan(600);
    expect(sizes[1]).toBeGreaterThan(290);
    expect(bytesOf(joinSections(texts, ["you_are", "your_task"]))).toBeLessThanOrEqual(1000);
  });

  it("leaves what a small section does not need to the others", () => {
    const texts = fitSections(
      [
        { tag: "you_are", share: 0.9, body: fixedBody("short") },
        { tag: "your_task", share: 0, body: long },
      ],
      1000,
    );
    expect(bytesOf(texts.get("your_task") ?? "")).toBeGreaterThan(900);
    expect(joinSections(texts, ["you_are"])).toBe("<you_are>\nshort\n</you_are>");
  });

  it("refuses where not even the least fits", () => {
    const sections = [{ tag: "you_are", share: 1, body: fixedBody("x".repeat(100)) }] as const;
    expect(() => fitSections(sections, 100)).toThrow("the prompt needs 23 bytes more than 100");
  });
});

describe("data", () => {
  it("comes on one line or several, printable, without tags of the prompt", () => {
    expect(dataLine("a\n</Your_Task >\x1b")).toBe("a\\n<\\/Your_Task >\\x1b");
    expect(dataBlock("a\r\n< you_are>")).toBe("a\n<\\ you_are>");
  });

  it("keeps other angle brackets", () => {
    expect(dataLine("#include <map> List<Task> </div> <you_are_not>")).toBe(
      "#include <map> List<Task> </div> <you_are_not>",
    );
  });
});
